package place

import (
	"strings"

	"samleng"
)

// Provinces lists the provinces, the capital among them, in the order of their official codes.
func Provinces() []samleng.Place {
	var all []samleng.Place
	for row := range rows(gazetteerTable) {
		// A header or a row of other columns is for New to refuse.
		if len(row) > 3 && len(row[0]) == 2 && strings.Trim(row[0], "0123456789") == "" {
			all = append(all, samleng.Place{Code: row[0], Khmer: row[2], English: row[3]})
		}
	}
	return all
}
