package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"samleng/storage/clickhouse"
)

// The reports that the outlets of the story tests carry.
const (
	bridgeReport = "អាជ្ញាធរខេត្តបានប្រកាសថា ស្ពានថ្មីឆ្លងទន្លេនឹងបើកឱ្យធ្វើចរាចរណ៍នៅដើមខែក្រោយ បន្ទាប់ពីការសាងសង់អស់រយៈពេលបីឆ្នាំ។ " +
		"ប្រជាពលរដ្ឋរស់នៅត្រើយខាងកើតបាននិយាយថា ពួកគេលែងត្រូវរង់ចាំសាឡាងពីរម៉ោងទៀតហើយ ហើយតម្លៃដឹកជញ្ជូនបន្លែទៅផ្សារនឹងថយចុះ។ " +
		"មន្ត្រីសាធារណការបានបញ្ជាក់ថា រថយន្តធុនធំត្រូវរង់ចាំការពិនិត្យសុវត្ថិភាពលើកចុងក្រោយមុននឹងអាចឆ្លងបាន។"
	marketReport = "The provincial council said on Monday that the covered market would reopen before the water festival, two years after a fire destroyed half of its stalls. " +
		"Vendors who had been trading along the river road will draw lots for their places, and nobody who held a licence before the fire will lose one. " +
		"Engineers have yet to sign off the new drains, which overflowed during a test last week."
	outlets = 10
)

// outletFeed is the feed of an outlet: both reports between words of its own, as an outlet
// has them, and a report that it alone has.
func outletFeed(i int, base string) string {
	words := strings.Fields("amber birch cedar delta ember fjord grove haven islet jetty")
	mine := fmt.Sprintf("%s Tribune of the %s quarter, read daily by %d households.", words[i], words[(i+3)%len(words)], 1000+i)
	items := []struct{ title, text string }{
		{"ស្ពានថ្មី " + mine, mine + " " + bridgeReport + " ©" + words[i]},
		{"Market reopens", "Reporting for " + mine + "\n" + marketReport + "\nSubscribe to " + words[i] + " today."},
		{"Ours alone " + words[i], fmt.Sprintf("Only the %s paper told of how %d ducks crossed the %s bridge in a line of %d, past the %s school, while the %s band played and the mayor of %s counted them twice over lunch.",
			words[i], 40+i, words[(i+1)%10], 7*i+3, words[(i+5)%10], words[(i+7)%10], words[(i+2)%10])},
	}
	var feed strings.Builder
	feed.WriteString(`<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Outlet</title>`)
	date := time.Now().UTC().Truncate(time.Hour).Add(-time.Duration(10+i) * time.Minute)
	for n, item := range items {
		fmt.Fprintf(&feed, "<item><guid isPermaLink=\"false\">urn:samleng:outlet:%d:%d</guid><link>%s/outlet/%d/%d</link><title>%s</title><description>%s</description><pubDate>%s</pubDate></item>\n",
			i, n, base, i, n, item.title, item.text, date.Format(time.RFC1123Z))
	}
	feed.WriteString("</channel></rss>")
	return feed.String()
}

// serveOutlets makes every outlet a source; open says whether an outlet's feed has anything yet.
func (h *house) serveOutlets(interval time.Duration, open func(i int) bool) {
	for i := range outlets {
		path := fmt.Sprintf("/outlet-%d", i)
		h.mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/rss+xml")
			if !open(i) {
				_, _ = io.WriteString(w, `<?xml version="1.0"?><rss version="2.0"><channel><title>Outlet</title></channel></rss>`)
				return
			}
			_, _ = io.WriteString(w, outletFeed(i, h.address("")))
		})
		h.source(fmt.Sprintf("outlet-%d", i), path, interval)
	}
}

// wantStories checks that of the outlets' posts the two reports are a story each, and every
// other post one of its own, in SQL and in the rollups.
func wantStories(ctx context.Context, store *clickhouse.Store) error {
	rows, err := store.Query(ctx, `SELECT n, sources, count() FROM (
			SELECT story_id, toInt64(count()) AS n, toInt64(uniqExact(source)) AS sources FROM current_posts WHERE source LIKE 'outlet-%' GROUP BY 1
		) GROUP BY 1, 2 ORDER BY 1`)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // only read
	var got []string
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return err
		}
		got = append(got, fmt.Sprint(values))
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if want := fmt.Sprintf("[1 1 %d] [%d %d 2]", outlets, outlets, outlets); strings.Join(got, " ") != want {
		return fmt.Errorf("posts and sources by story, and stories of that size: %v, want %v", got, want)
	}
	differences, err := store.CheckRollups(ctx)
	if err == nil && differences != 0 {
		err = fmt.Errorf("%d rollups differ from a recount", differences)
	}
	return err
}

// TestTenOutlets has ten outlets carry two reports, each with words of its own around them,
// and finds two stories of ten carriers.
//
// Not parallel: the engine is opened once in a process.
func TestTenOutlets(t *testing.T) {
	h := newHouse(t)
	h.serveOutlets(time.Hour, func(int) bool { return true })
	h.start()
	store := h.store()
	eventually(t, time.Minute, func() error { return wantStories(t.Context(), store.Store) })
}
