package outcall

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDo(t *testing.T) {
	t.Parallel()
	failure := errors.New("failed")
	for name, c := range map[string]struct {
		call func() (int, error)
		want Result[int]
		text string
	}{
		"value":  {func() (int, error) { return 7, nil }, Result[int]{Value: 7}, ""},
		"both":   {func() (int, error) { return 7, failure }, Result[int]{7, failure}, "failed"},
		"panic":  {func() (int, error) { panic("oh") }, Result[int]{}, "the client panicked: oh"},
		"Goexit": {func() (int, error) { runtime.Goexit(); return 7, nil }, Result[int]{}, "the client ended its goroutine"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, hung := Do(t.Context(), c.call)
			require.Nil(t, hung)
			require.Equal(t, c.want.Value, got.Value)
			if c.text == "" {
				require.NoError(t, got.Err)
			} else {
				require.EqualError(t, got.Err, c.text)
			}
		})
	}
}

func TestDoIsLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for takes, isHung := range map[time.Duration]bool{2900 * time.Millisecond: false, 4 * time.Second: true} {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			begun := time.Now()
			got, hung := Do(ctx, func() (int, error) { time.Sleep(takes); return 7, nil })
			cancel()
			if !isHung {
				require.Nil(t, hung)
				require.Equal(t, Result[int]{Value: 7}, got)
				continue
			}
			require.Equal(t, 3*time.Second, time.Since(begun))
			require.Equal(t, Result[int]{Value: 7}, <-hung)
		}
	})
}
