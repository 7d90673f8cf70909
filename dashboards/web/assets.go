package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strings"
)

//go:embed static
var static embed.FS

// placeholder stands in index.html for the version in the address of every other file.
const placeholder = "{{version}}"

// assets are the static files. One hash over all of them is part of every address, so
// that browsers keep them for ever and still never mix two builds, and so that modules
// and fonts name each other relatively.
type assets struct {
	version string
	files   map[string]asset
}

type asset struct {
	plain, zipped []byte // zipped is nil where it would not help
	kind          string
	tag           string
}

func loadAssets() (*assets, error) {
	root, err := fs.Sub(static, "static")
	if err != nil {
		return nil, fmt.Errorf("read embedded files: %w", err)
	}
	a := &assets{files: make(map[string]asset)}
	all := sha256.New()
	err = fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(all, "%s %d ", name, len(b)) // a hash takes everything
		all.Write(b)
		a.files[name] = asset{plain: b, kind: contentType(name)}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read embedded files: %w", err)
	}
	a.version = hex.EncodeToString(all.Sum(nil))[:16]
	for name, f := range a.files {
		if path.Ext(name) == ".html" {
			f.plain = bytes.ReplaceAll(a.whole(f.plain), []byte(placeholder), []byte(a.version))
		}
		sum := sha256.Sum256(f.plain)
		f.tag = `"` + hex.EncodeToString(sum[:8]) + `"`
		f.zipped = zip(f)
		a.files[name] = f
	}
	for _, name := range []string{"index.html", "alerts.html"} {
		if _, ok := a.files[name]; !ok {
			return nil, fmt.Errorf("read embedded files: %s is missing", name)
		}
	}
	return a, nil
}

// part names a file below parts, of which every page is made.
var part = regexp.MustCompile(`\{\{part ([a-z]+)\}\}\n?`)

// whole is a page with its parts filled in.
func (a *assets) whole(page []byte) []byte {
	return part.ReplaceAllFunc(page, func(found []byte) []byte {
		return a.files["parts/"+string(part.FindSubmatch(found)[1])+".html"].plain
	})
}

// contentType does not ask the machine's own table, which may lack or change these.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case "":
		return "text/plain; charset=utf-8" // licences
	}
	return mime.TypeByExtension(path.Ext(name))
}

func zip(f asset) []byte {
	if f.kind == "font/woff2" {
		return nil
	}
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // errors on an unknown level only
	_, _ = z.Write(f.plain)                               // a bytes.Buffer takes everything
	_ = z.Close()
	if b.Len() >= len(f.plain) {
		return nil
	}
	return b.Bytes()
}

func (a *assets) index(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-cache") // keep it, but ask whether it changed
	a.write(w, r, a.files["index.html"])
}

// alerts serves the page of alerts.
func (a *assets) alerts(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-cache")
	a.write(w, r, a.files["alerts.html"])
}

func (a *assets) icon(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-cache")
	a.write(w, r, a.files["icon.svg"])
}

func (a *assets) file(w http.ResponseWriter, r *http.Request) {
	f, ok := a.files[r.PathValue("path")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if r.PathValue("version") == a.version {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		w.Header().Set("Cache-Control", "no-cache") // of another build: serve what there is
	}
	a.write(w, r, f)
}

func (a *assets) write(w http.ResponseWriter, r *http.Request, f asset) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("ETag", f.tag)
	h.Add("Vary", "Accept-Encoding")
	for tag := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/"); tag == f.tag || tag == "*" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	body := f.plain
	if f.zipped != nil && acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		// The same file in another coding is another representation.
		h.Set("ETag", "W/"+f.tag)
		body = f.zipped
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	_, _ = w.Write(body) // the client may be gone
}
