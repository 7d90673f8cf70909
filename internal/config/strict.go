package config

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"samleng"
)

// Problem is one fault in one configuration file.
type Problem struct {
	File string
	Line int    // 1-based; 0 where the key is absent from the file
	Key  string // dotted path; empty for a fault of the whole file
	Text string
}

func (p Problem) Error() string {
	if p.Key == "" {
		return p.where() + ": " + p.Text
	}
	return p.where() + ": " + p.Key + ": " + p.Text
}

// where gives the file and, where it is known, the line.
func (p Problem) where() string {
	if p.Line > 0 {
		return p.File + ":" + strconv.Itoa(p.Line)
	}
	return p.File
}

// validator is what a component's configuration implements to check itself. Its errors
// are samleng.KeyErrors relative to the component.
type validator interface{ Validate() error }

// Decode overlays the YAML in body onto into, a pointer to a struct that holds the
// defaults, and then asks every part of it that has a Validate method. All faults are
// reported together, joined, each a Problem; into is then not to be used.
func Decode(file string, body []byte, into any) error {
	_, err := decode(file, body, into)
	return err
}

// decode is Decode, and gives the decoder that knows the lines of the keys.
func decode(file string, body []byte, into any) (*decoder, error) {
	d := &decoder{file: file, lines: map[string]int{}}
	var document yaml.Node
	if err := yaml.Unmarshal(body, &document); err != nil {
		d.syntax(err)
		return d, d.err()
	}
	root := reflect.ValueOf(into).Elem()
	if len(document.Content) > 0 {
		d.overlay(document.Content[0], root, "")
	}
	d.validate(root, "")
	return d, d.err()
}

type decoder struct {
	file     string
	lines    map[string]int // line of each key that the file sets
	problems []Problem
}

func (d *decoder) err() error {
	slices.SortStableFunc(d.problems, func(a, b Problem) int { return a.Line - b.Line })
	errs := make([]error, len(d.problems))
	for i, p := range d.problems {
		errs[i] = p
	}
	return errors.Join(errs...)
}

func (d *decoder) problem(line int, key, format string, args ...any) {
	d.problems = append(d.problems, Problem{File: d.file, Line: line, Key: key, Text: fmt.Sprintf(format, args...)})
}

// syntax reports a document that is not YAML. The library puts the line into the text.
func (d *decoder) syntax(err error) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	var line int
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		if number, after, ok := strings.Cut(rest, ": "); ok {
			if n, err := strconv.Atoi(number); err == nil {
				line, text = n, after
			}
		}
	}
	d.problem(line, "", "not valid YAML: %s", text)
}

func (d *decoder) overlay(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Tag == "!!null" {
		return // an empty value keeps the default
	}
	switch {
	case v.Kind() == reflect.Pointer && !isText(v.Type()):
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		d.overlay(n, v.Elem(), path)
	case v.Kind() == reflect.Struct && !isText(v.Type()):
		d.mapping(n, v, path)
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8:
		d.sequence(n, v, path)
	case v.Kind() == reflect.Map:
		d.dictionary(n, v, path)
	default:
		d.scalar(n, v, path)
	}
}

func (d *decoder) mapping(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		d.problem(n.Line, path, "want a block of keys, found %s", describe(n))
		return
	}
	known := fields(v.Type())
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, line := n.Content[i].Value, n.Content[i].Line
		key := join(path, name)
		if first, ok := seen[name]; ok {
			d.problem(line, key, "is set twice, first on line %d", first)
			continue
		}
		seen[name] = line
		index, ok := known[name]
		if !ok {
			d.problem(line, key, "unknown key%s", suggest(name, known))
			continue
		}
		d.lines[key] = line
		d.overlay(n.Content[i+1], v.FieldByIndex(index), key)
	}
}

func (d *decoder) sequence(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.SequenceNode {
		d.problem(n.Line, path, "want a list, found %s", describe(n))
		return
	}
	list := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		key := path + "[" + strconv.Itoa(i) + "]"
		d.lines[key] = item.Line
		d.overlay(item, list.Index(i), key)
	}
	v.Set(list)
}

func (d *decoder) dictionary(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		d.problem(n.Line, path, "want a block of keys, found %s", describe(n))
		return
	}
	dictionary := reflect.MakeMapWithSize(v.Type(), len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := join(path, n.Content[i].Value)
		d.lines[key] = n.Content[i].Line
		name := reflect.ValueOf(n.Content[i].Value).Convert(v.Type().Key())
		if dictionary.MapIndex(name).IsValid() {
			d.problem(n.Content[i].Line, key, "is set twice")
			continue
		}
		value := reflect.New(v.Type().Elem()).Elem()
		d.overlay(n.Content[i+1], value, key)
		dictionary.SetMapIndex(name, value)
	}
	v.Set(dictionary)
}

func (d *decoder) scalar(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.ScalarNode {
		d.problem(n.Line, path, "want a single value, found %s", describe(n))
		return
	}
	if err := n.Decode(v.Addr().Interface()); err != nil {
		d.problem(n.Line, path, "%q is not %s", n.Value, wanted(v.Type()))
	}
}

// validate asks every part of v that can check itself, outermost first, and gives its
// faults the line of the key they are about, or of the nearest block around it.
func (d *decoder) validate(v reflect.Value, path string) {
	if v.CanAddr() {
		if part, ok := v.Addr().Interface().(validator); ok {
			d.faults(part.Validate(), path)
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			d.validate(v.Elem(), path)
		}
	case reflect.Struct:
		known := fields(v.Type())
		names := make([]string, 0, len(known))
		for name := range known {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			d.validate(v.FieldByIndex(known[name]), join(path, name))
		}
	case reflect.Slice:
		for i := range v.Len() {
			d.validate(v.Index(i), path+"["+strconv.Itoa(i)+"]")
		}
	}
}

func (d *decoder) faults(err error, path string) {
	if err == nil {
		return
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range many.Unwrap() {
			d.faults(one, path)
		}
		return
	}
	key, text := path, err.Error()
	if fault, ok := errors.AsType[*samleng.KeyError](err); ok {
		key, text = join(path, fault.Key), fault.Err.Error()
	}
	d.problem(d.lineOf(key), key, "%s", text)
}

// lineOf gives the line of key, or of the nearest enclosing key that the file sets.
func (d *decoder) lineOf(key string) int {
	for key != "" {
		if line, ok := d.lines[key]; ok {
			return line
		}
		key = key[:max(0, strings.LastIndexAny(key, ".["))]
	}
	return 0
}

// fields maps the yaml names of a struct's exported fields to their index.
func fields(t reflect.Type) map[string][]int {
	known := map[string][]int{}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if !f.IsExported() || name == "-" || options == "inline" || name == "" {
			continue
		}
		known[name] = f.Index
	}
	return known
}

func isText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

func join(path, name string) string {
	switch {
	case path == "":
		return name
	case name == "":
		return path
	case name[0] == '[':
		return path + name
	}
	return path + "." + name
}
