// Package archtest holds the rules of the house as tests over the output of go list: which
// package may import which, one importing package for each vendor library, and a comment on
// every package. It owns no code of its own.
package archtest
