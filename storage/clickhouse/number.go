package clickhouse

import "strconv"

// wide gives the float64 that prints as the float32 does: 0.8 comes back as 0.8 and not as
// 0.800000011920929.
func wide(f float32) float64 {
	v, err := strconv.ParseFloat(strconv.FormatFloat(float64(f), 'g', -1, 32), 64)
	if err != nil {
		return float64(f)
	}
	return v
}
