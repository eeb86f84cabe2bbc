package partnercentraltest

import "net/http"

const adminPrefix = "/_fake/"

func (s *Service) serveAdmin(w http.ResponseWriter, r *http.Request) {
	http.NotFound(w, r)
}
