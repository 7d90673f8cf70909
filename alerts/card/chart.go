package card

import (
	"bytes"
	"fmt"
	"image"
	colour "image/color" //nolint:misspell // the package is called so
	"image/draw"
	"image/png"
	"math"
	"strconv"
	"time"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"samleng"
)

// Size and margins of a chart, in pixels. Chat programs show pictures at some 640 pixels.
const (
	chartWidth, chartHeight = 800, 320
	left, right             = 64, 16
	top, bottom             = 40, 36
	plotWidth               = chartWidth - left - right
	plotHeight              = chartHeight - top - bottom
	fontSize                = 16
	// maxSteps is how many values a chart shows: a bar has two pixels at least.
	maxSteps = plotWidth / 2
)

// Colours of a chart, chosen to be told apart without telling hues apart: bars are light, the
// line is dark. The greys after them smooth the edges of letters.
const (
	white = iota
	ink
	grid
	bar
	barInWindow
	shade
	usual
)

func palette() colour.Palette {
	p := colour.Palette{
		white: colour.White, ink: colour.Gray{0x33}, grid: colour.Gray{0xDD}, bar: colour.RGBA{0x8F, 0xB4, 0xD9, 0xFF},
		barInWindow: colour.RGBA{0x1F, 0x5F, 0xA8, 0xFF}, shade: colour.RGBA{0xFD, 0xF0, 0xD5, 0xFF}, usual: colour.RGBA{0xC2, 0x41, 0x0C, 0xFF},
	}
	for v := 0x44; v < 0xFF; v += 0x11 {
		p = append(p, colour.Gray{uint8(v)}) //nolint:gosec // below 0xFF
	}
	return p
}

// plot is a chart that is being drawn.
type plot struct {
	*image.Paletted
	face    font.Face
	history *samleng.History
	n       int
	highest float64 // of the scale
}

// chart draws the day up to an alert: a bar for each step, what was expected as a line, the
// window shaded. The axes have numerals and, where words is set, a key in English: the letters
// of Khmer cannot be put together here. It gives nil where there is nothing to draw.
func chart(a *samleng.Alert, words bool) ([]byte, error) {
	h := &a.History
	n := min(len(h.Observed), len(h.Expected))
	if n < 2 || n > maxSteps || h.Step <= 0 || !plausible(h.Start) {
		return nil, nil
	}
	p := &plot{Paletted: image.NewPaletted(image.Rect(0, 0, chartWidth, chartHeight), palette()), history: h, n: n}
	for i := range n {
		for _, v := range []float64{h.Observed[i], h.Expected[i]} {
			if !finite(v) || v < 0 || v > largest {
				return nil, nil
			}
			p.highest = max(p.highest, v)
		}
	}
	if p.highest == 0 {
		return nil, nil
	}
	parsed, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, fmt.Errorf("read the font: %w", err)
	}
	if p.face, err = opentype.NewFace(parsed, &opentype.FaceOptions{Size: fontSize, DPI: 72, Hinting: font.HintingFull}); err != nil {
		return nil, fmt.Errorf("read the font: %w", err)
	}
	start, end := a.Window()
	p.window(start, end)
	p.scale()
	p.bars(start, end)
	p.expected()
	p.hours()
	if words {
		p.key(a.Series.Stories)
	}
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&b, p.Paletted); err != nil {
		return nil, fmt.Errorf("write the picture: %w", err)
	}
	return b.Bytes(), nil
}

// x is where step i begins, y how high a value is.
func (p *plot) x(i float64) int { return left + int(math.Round(i*plotWidth/float64(p.n))) }

func (p *plot) y(v float64) int {
	return top + plotHeight - int(math.Round(v/p.highest*plotHeight))
}

func (p *plot) fill(x0, y0, x1, y1 int, paint uint8) {
	area := image.Rect(x0, y0, x1, y1).Intersect(p.Bounds())
	draw.Draw(p, area, image.NewUniform(p.Palette[paint]), image.Point{}, draw.Src)
}

// at is the place of a time, in steps, within the chart.
func (p *plot) at(t time.Time) float64 {
	return min(max(float64(t.Sub(p.history.Start))/float64(p.history.Step), 0), float64(p.n))
}

func (p *plot) window(from, to time.Time) {
	p.fill(p.x(p.at(from)), top, p.x(p.at(to)), top+plotHeight, shade)
}

// scale chooses a round top and draws the lines across.
func (p *plot) scale() {
	step := math.Pow(10, math.Floor(math.Log10(p.highest/4)))
	for _, m := range []float64{1, 2, 2.5, 5, 10} {
		if step*m*4 >= p.highest {
			step *= m
			break
		}
	}
	if p.highest >= 4 {
		step = math.Ceil(step)
	}
	p.highest = step * math.Ceil(p.highest/step)
	for v := 0.0; v <= p.highest+step/2; v += step {
		p.fill(left, p.y(v), left+plotWidth, p.y(v)+1, grid)
		p.text(short(v), left-8, p.y(v)+fontSize/3, 1)
	}
}

// short writes a value of the scale in at most five characters.
func short(v float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e4, "k"}} {
		if v >= unit.size {
			size := unit.size
			if unit.name == "k" {
				size = 1e3
			}
			return strconv.FormatFloat(v/size, 'f', -1, 64) + unit.name
		}
	}
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}

func (p *plot) bars(from, to time.Time) {
	for i := range p.n {
		paint := uint8(bar)
		if middle := p.history.Start.Add(time.Duration(i)*p.history.Step + p.history.Step/2); !middle.Before(from) && middle.Before(to) {
			paint = barInWindow
		}
		x0, x1 := p.x(float64(i)), p.x(float64(i+1))
		if x1-x0 > 3 {
			x1--
		}
		p.fill(x0, p.y(p.history.Observed[i]), x1, top+plotHeight, paint)
	}
}

// expected draws the line, which changes at the borders of steps.
func (p *plot) expected() {
	before := p.y(p.history.Expected[0])
	for i := range p.n {
		x0, x1, y := p.x(float64(i)), p.x(float64(i+1)), p.y(p.history.Expected[i])
		p.fill(x0, min(before, y)-1, x0+2, max(before, y)+1, usual)
		p.fill(x0, y-1, x1, y+1, usual)
		before = y
	}
}

// hours writes the time of day in Phnom Penh, at round hours some 90 pixels apart.
func (p *plot) hours() {
	span := time.Duration(p.n) * p.history.Step
	every := 24 * time.Hour
	for _, d := range []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour} {
		if span/d <= 9 {
			every = d
			break
		}
	}
	p.fill(left, top+plotHeight, left+plotWidth, top+plotHeight+1, ink)
	if span/every > 9 {
		return // longer than a week: no hours
	}
	local := p.history.Start.In(phnomPenh)
	midnight := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, phnomPenh)
	for t := midnight; !t.After(p.history.Start.Add(span)); t = t.Add(every) {
		if t.Before(p.history.Start) {
			continue
		}
		x := p.x(p.at(t))
		p.fill(x, top+plotHeight, x+1, top+plotHeight+5, ink)
		p.text(t.Format("15:04"), x, chartHeight-bottom+24, .5)
	}
}

// key says what is what.
func (p *plot) key(stories bool) {
	what := "posts"
	if stories {
		what = "stories"
	}
	x := left
	for _, entry := range []struct {
		paint uint8
		name  string
	}{{bar, what}, {barInWindow, what + " in the window"}, {usual, "expected"}} {
		height := 12
		if entry.paint == usual {
			height = 2
		}
		p.fill(x, 22-height/2-5, x+18, 22+height/2-5, entry.paint)
		x += 24 + p.text(entry.name, x+24, 22, 0) + 20
	}
}

// text writes text on a baseline, its part before x being align of its width, within the
// picture. It gives the width.
func (p *plot) text(s string, x, y int, align float64) int {
	width := font.MeasureString(p.face, s).Ceil()
	x = min(max(x-int(align*float64(width)), 0), chartWidth-width)
	d := font.Drawer{Dst: p.Paletted, Src: image.NewUniform(p.Palette[ink]), Face: p.face, Dot: fixed.P(x, y)}
	d.DrawString(s)
	return width
}
