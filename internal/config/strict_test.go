package config

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"samleng"
)

type testConfig struct {
	Listen   string            `yaml:"listen"`
	Interval time.Duration     `yaml:"interval"`
	Count    int               `yaml:"count"`
	On       bool              `yaml:"on"`
	Password samleng.Secret    `yaml:"password"`
	Inner    testInner         `yaml:"inner"`
	List     []testInner       `yaml:"list"`
	Names    map[string]string `yaml:"names"`
	Words    []string          `yaml:"words"`
}

type testInner struct {
	Limit int    `yaml:"limit"`
	Name  string `yaml:"name"`
}

func (i *testInner) Validate() error {
	var faults []error
	if i.Limit < 1 {
		faults = append(faults, samleng.Keyf("limit", "must be at least 1"))
	}
	if i.Name == "bad" {
		faults = append(faults, samleng.Keyf("name", "must not be %q", i.Name))
	}
	return errors.Join(faults...)
}

func defaults() testConfig {
	return testConfig{Listen: "127.0.0.1:1", Interval: time.Minute, Inner: testInner{Limit: 5}}
}

func TestDecodeOverlaysDefaults(t *testing.T) {
	t.Parallel()
	got := defaults()
	body := "interval: 10m\non: true\npassword: hunter2\ninner:\n  name: x\nlist:\n- limit: 2\nnames: {a: b}\nwords: [ខ្មែរ, en]\ncount:\n"
	if err := Decode("f.yaml", []byte(body), &got); err != nil {
		t.Fatal(err)
	}
	want := defaults()
	want.Interval, want.On, want.Password, want.Inner.Name = 10*time.Minute, true, "hunter2", "x"
	want.List, want.Names, want.Words = []testInner{{Limit: 2}}, map[string]string{"a": "b"}, []string{"ខ្មែរ", "en"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeEmptyFileKeepsDefaults(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "# nothing\n", "---\n"} {
		got := defaults()
		if err := Decode("f.yaml", []byte(body), &got); err != nil {
			t.Errorf("%q: %v", body, err)
		}
	}
}

func TestDecodeReportsEveryProblem(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		want       []string
	}{
		{"not yaml", "listen: [", []string{"f.yaml:1: not valid YAML"}},
		{
			"unknown keys", "lisen: a\nzzzzzzzzz: 1\n",
			[]string{`f.yaml:1: lisen: unknown key; did you mean "listen"?`, "f.yaml:2: zzzzzzzzz: unknown key; known here: count, inner, interval"},
		},
		{"set twice", "count: 1\ncount: 2\n", []string{"f.yaml:2: count: is set twice, first on line 1"}},
		{
			"wrong types", "interval: soon\ncount: many\non: maybe\nlisten: [a]\ninner: 5\nlist: x\n",
			[]string{
				`f.yaml:1: interval: "soon" is not a duration`, `f.yaml:2: count: "many" is not a whole number`, `f.yaml:3: on: "maybe" is not true or false`,
				"f.yaml:4: listen: want a single value, found a list", `f.yaml:5: inner: want a block of keys, found "5"`, `f.yaml:6: list: want a list, found "x"`,
			},
		},
		{
			"faults of parts", "inner:\n  limit: 0\n  name: bad\nlist:\n- limit: 1\n- name: ok\n",
			[]string{"f.yaml:2: inner.limit: must be at least 1", `f.yaml:3: inner.name: must not be "bad"`, "f.yaml:6: list[1].limit: must be at least 1"},
		},
		{
			"all at once", "nope: 1\ncount: x\ninner: {limit: -1}\n",
			[]string{"f.yaml:1: nope: unknown key", "f.yaml:2: count:", "f.yaml:3: inner.limit: must be at least 1"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := defaults()
			err := Decode("f.yaml", []byte(tt.body), &got)
			if err == nil {
				t.Fatal("no error")
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(tt.want) {
				t.Errorf("got %d problems, want %d:\n%v", len(lines), len(tt.want), err)
			}
			for i, want := range tt.want {
				if i < len(lines) && !strings.HasPrefix(lines[i], want) {
					t.Errorf("problem %d:\n got %s\nwant %s", i, lines[i], want)
				}
			}
		})
	}
}

func TestDecodeNeverShowsSecrets(t *testing.T) {
	t.Parallel()
	var got testConfig
	err := Decode("f.yaml", []byte("password: [hunter2]\n"), &got)
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error = %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{"", "a: b", "inner: {limit: 3}", "list: [&a {limit: 1}, *a]", "? [a]\n: b", "&x [*x]", "names: {1: 2}", "inner: *a"} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, body string) {
		got := defaults()
		_ = Decode("f.yaml", []byte(body), &got)
	})
}
