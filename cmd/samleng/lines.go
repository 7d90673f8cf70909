package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"

	"github.com/urfave/cli/v3"
)

// maxLine bounds one line of input: a post is at most 200 kB, six times that in escapes.
const maxLine = 16 << 20

// maxHeld bounds the bytes of the lines that are worked on together.
const maxHeld = 32 << 20

// chunk is how many lines are worked on together; their results come out in order.
const chunk = 256

// eachLine calls work for every line of standard input, several at a time, and writes the
// results to standard output in the order of the lines, each followed by a newline. Line
// numbers start at 1. An error of work is told on standard error, in order too, beside the
// result that came with it; the lines go on, and the end is errReported. It ends early when
// ctx does.
func eachLine(ctx context.Context, root *cli.Command, work func(number int, line []byte) ([]byte, error)) error {
	in, out, faults := root.Reader, root.Writer, 0
	reader := bufio.NewReaderSize(in, 1<<20)
	writer := bufio.NewWriterSize(out, 1<<20)
	lines := make([][]byte, 0, chunk)
	var broken error // why reading ended early; what came before is still worked on
	for number, done := 1, false; !done; {
		lines = lines[:0]
		held := 0
		for len(lines) < chunk {
			line, err := readLine(reader)
			if err != nil {
				done = true
				if !errors.Is(err, io.EOF) {
					broken = fmt.Errorf("line %d: %w", number+len(lines), err)
				}
				break
			}
			if number == 1 && len(lines) == 0 {
				line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")) // of a file from Windows
			}
			lines = append(lines, line)
			if held += len(line); held > maxHeld {
				break
			}
			if reader.Buffered() == 0 {
				break // answer a person who types before waiting for more
			}
		}
		if err := ctx.Err(); err != nil {
			return errors.Join(err, writer.Flush())
		}
		for i, result := range inParallel(lines, number, work) {
			if result.err != nil {
				faults++
				_, _ = fmt.Fprintf(root.ErrWriter, "samleng: line %d: %v\n", number+i, result.err)
			}
			if _, err := writer.Write(append(result.out, '\n')); err != nil {
				return fmt.Errorf("write result: %w", err)
			}
		}
		number += len(lines)
		if reader.Buffered() == 0 {
			if err := writer.Flush(); err != nil {
				return fmt.Errorf("write result: %w", err)
			}
		}
	}
	if err := writer.Flush(); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	if broken != nil {
		return broken
	}
	if faults > 0 {
		return errReported
	}
	return nil
}

type result struct {
	out []byte
	err error
}

func inParallel(lines [][]byte, first int, work func(int, []byte) ([]byte, error)) []result {
	results := make([]result, len(lines))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(lines)) {
		workers.Go(func() {
			for i := range next {
				results[i].out, results[i].err = work(first+i, lines[i])
			}
		})
	}
	for i := range lines {
		next <- i
	}
	close(next)
	workers.Wait()
	return results
}

// readLine gives the next line without its end, io.EOF after the last one.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return bytes.TrimSuffix(line[:len(line)-1], []byte("\r")), nil
		case errors.Is(err, bufio.ErrBufferFull):
			if len(line) > maxLine {
				return nil, fmt.Errorf("is longer than %d MB", maxLine>>20)
			}
		case errors.Is(err, io.EOF) && len(line) > 0:
			return line, nil
		default:
			return nil, err
		}
	}
}
