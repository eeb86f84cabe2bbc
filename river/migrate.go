package partnercentralriver

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivermigrate"
)

// MigrationLine is the line of River migrations that makes the tables of this
// package. It needs River's own, riverdriver.MigrationLineMain, first.
const MigrationLine = "partnercentral"

//go:embed sql
var migrations embed.FS

// migrationDriver is a driver that knows MigrationLine too.
type migrationDriver[TTx any] struct {
	riverdriver.Driver[TTx]
}

func (d migrationDriver[TTx]) GetMigrationLines() []string {
	return append(d.Driver.GetMigrationLines(), MigrationLine)
}

func (d migrationDriver[TTx]) GetMigrationFS(line string) fs.FS {
	if line != MigrationLine {
		return d.Driver.GetMigrationFS(line)
	}
	dir := "sql/postgres"
	if d.DatabaseName() == riverdriver.DatabaseNameSQLite {
		dir = "sql/sqlite"
	}
	sub, err := fs.Sub(migrations, dir)
	if err != nil {
		panic(err) // the folder is embedded
	}
	return sub
}

// Migrator returns River's migrator for the tables of this package, to list
// their versions and to go up and down between them. Its line is
// [MigrationLine], its schema that of the Options. River's own tables must be
// there: see [Tasks.Migrate].
func (t *Tasks[TTx]) Migrator() (*rivermigrate.Migrator[TTx], error) {
	return t.migrator(MigrationLine)
}

func (t *Tasks[TTx]) migrator(line string) (*rivermigrate.Migrator[TTx], error) {
	return rivermigrate.New[TTx](migrationDriver[TTx]{t.db.driver}, &rivermigrate.Config{
		Line: line, Logger: t.options.Logger, Schema: t.options.Schema,
	})
}

// Migrate brings River's tables and those of this package up to the newest
// version. It does nothing if they are there. Two processes should not migrate
// one database at once.
func (t *Tasks[TTx]) Migrate(ctx context.Context) error {
	if ctx == nil {
		return errNilContext
	}
	for _, line := range []string{riverdriver.MigrationLineMain, MigrationLine} {
		m, err := t.migrator(line)
		if err == nil {
			_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
		}
		if err != nil {
			return fmt.Errorf("partnercentralriver: migrate the line %s: %w", line, err)
		}
	}
	return nil
}
