package clickhouse

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"samleng"
)

// maxTextDays keeps dates within what ClickHouse's DateTime can hold.
const maxTextDays = 36_500

// expiring are the columns of posts that hold what was written, and their types.
var expiring = [][2]string{{"url", "String"}, {"title", "String"}, {"text", "String"}, {"evidence", "String"}}

// besides are the columns of other tables that hold words of posts, or tell of them, with their
// types and the times that they expire after.
var besides = [...]struct{ table, column, kind, time string }{
	{"corrections", "words", "UInt64", "day"},
	{"alert_log", "alert", "String", "tick"},
}

// intervals finds the days in the definition of posts, as ClickHouse prints it.
var intervals = regexp.MustCompile(`TTL toDateTime\(seen_at\) \+ toIntervalDay\((\d+)\)`)

// SetTextExpiry makes the words of a post (url, title, text, evidence) expire so many days after
// it was seen, and those in the log of alerts after the alert; the counts stay. 0 keeps them for ever. Nothing happens when it is set so already;
// else ClickHouse rewrites the stored parts in the background.
func (s *Store) SetTextExpiry(ctx context.Context, days int) error {
	if days < 0 || days > maxTextDays {
		return samleng.Errorf(samleng.BadInput, "text cannot expire after %d days: from 0 (never) to %d", days, maxTextDays)
	}
	for _, c := range besides {
		if err := s.setExpiry(ctx, c.table, c.column, c.kind, c.time, days); err != nil {
			return fmt.Errorf("set the expiry of %s in %s to %d days: %w", c.column, c.table, days, classify(err))
		}
	}
	now, err := s.textExpiry(ctx)
	if err != nil {
		return err
	}
	if now == days {
		return nil
	}
	var changes []string
	for _, c := range expiring {
		if days == 0 {
			changes = append(changes, "MODIFY COLUMN "+c[0]+" REMOVE TTL")
			continue
		}
		changes = append(changes, fmt.Sprintf("MODIFY COLUMN %s %s TTL toDateTime(seen_at) + INTERVAL %d DAY", c[0], c[1], days))
	}
	if err := s.exec(ctx, "ALTER TABLE posts "+strings.Join(changes, ", ")); err != nil {
		return fmt.Errorf("set the expiry of text to %d days: %w", days, classify(err))
	}
	return nil
}

// setExpiry makes a column expire so many days after a time; 0 keeps it for ever.
func (s *Store) setExpiry(ctx context.Context, table, column, kind, time string, days int) error {
	now, err := s.expiryOf(ctx, table, column)
	if err != nil {
		return err
	}
	want, change := "", "REMOVE TTL"
	if days > 0 {
		want = fmt.Sprintf("%s + toIntervalDay(%d)", time, days)
		change = kind + " TTL " + want
	}
	if now == want {
		return nil
	}
	return s.exec(ctx, "ALTER TABLE "+table+" MODIFY COLUMN "+column+" "+change)
}

// expiryOf gives the expression after which a column expires, empty where it does not.
func (s *Store) expiryOf(ctx context.Context, table, column string) (string, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	rows, err := s.conn.Query(ctx, "DESCRIBE TABLE "+table)
	if err != nil {
		return "", err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	found := ""
	for rows.Next() {
		var name, kind, defaultKind, defaultValue, comment, codec, expiry string
		if err := rows.Scan(&name, &kind, &defaultKind, &defaultValue, &comment, &codec, &expiry); err != nil {
			return "", err
		}
		if name == column {
			found = expiry
		}
	}
	return found, rows.Err()
}

// textExpiry reads the days that are set: 0 for never, -1 when the columns differ.
func (s *Store) textExpiry(ctx context.Context) (int, error) {
	definition, err := s.definition(ctx, "posts")
	if err != nil {
		return 0, err
	}
	var days []string
	for _, m := range intervals.FindAllStringSubmatch(definition, -1) {
		days = append(days, m[1])
	}
	n := len(days)
	days = slices.Compact(days)
	switch {
	case n == 0:
		return 0, nil
	case n != len(expiring) || len(days) != 1:
		return -1, nil
	}
	d, err := strconv.Atoi(days[0])
	if err != nil {
		return -1, nil //nolint:nilerr // then it is set again
	}
	return d, nil
}

// printDay is how much longer than the window of stories prints are kept, so that the
// keeper can be away for a day, and how much longer than these the notes about them.
const printDay = 24 * time.Hour

// SetStoryWindow keeps fingerprints for as long as a story can last and a day. Nothing happens
// when it is set so already.
func (s *Store) SetStoryWindow(ctx context.Context, window time.Duration) error {
	for _, table := range []struct{ name, column, rest string }{{"prints", "inserted_at", ""}, {"stories", "assigned_at", " DELETE WHERE story = id"}} {
		window += printDay
		hours := int((window + time.Hour - 1) / time.Hour)
		definition, err := s.definition(ctx, table.name)
		if err != nil {
			return err
		}
		interval := fmt.Sprintf("toIntervalHour(%d)", hours)
		if days := hours / 24; hours%24 == 0 && strings.Contains(definition, fmt.Sprintf("toIntervalDay(%d)", days)) || strings.Contains(definition, interval) {
			continue
		}
		if err := s.exec(ctx, "ALTER TABLE "+table.name+" MODIFY TTL toDateTime("+table.column+") + "+interval+table.rest); err != nil {
			return fmt.Errorf("set the expiry of %s to %d hours: %w", table.name, hours, classify(err))
		}
	}
	return nil
}

// definition is the statement that makes a table, as ClickHouse prints it.
func (s *Store) definition(ctx context.Context, table string) (string, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	var text string
	if err := s.conn.QueryRow(ctx, "SELECT create_table_query FROM system.tables WHERE database = currentDatabase() AND name = ?", table).Scan(&text); err != nil {
		return "", fmt.Errorf("read the definition of %s: %w", table, classify(err))
	}
	return text, nil
}
