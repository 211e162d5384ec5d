// Package main starts.
package main

import (
	"fmt"
	util "example.com/app/internal/util"
	. "example.com/app/dot"
)

// Limit of all.
const Limit = 10

var store = NewStore("x")

// Store keeps.
type Store struct {
	Base
	name  string
	inner *util.Cache
}

type Reader interface {
	Read(p []byte) int
}

// NewStore makes one.
func NewStore(name string) *Store { return &Store{name: name} }

// Get gets.
func (s *Store) Get(key string, more ...int) (string, error) {
	if s == nil || key == "" && Limit > 1 {
		return s.fallback(), nil
	}
	for i := range more {
		s.inner.Put(i)
	}
	switch key {
	case "a":
		util.Run()
	default:
		fmt.Println("x")
	}
	select {
	case <-ch:
	}
	return "", nil
}

func (s Store) fallback() string { return store.name }

func main() {
	s := NewStore("y")
	s.Get("k")
	f := func(s int) { s.Get() }
	f(1)
	http.HandleFunc("/items", handle)
	http.Get("http://x/api/users/7")
	http.ListenAndServe(":80", nil)
}

func handle(w int) {}
