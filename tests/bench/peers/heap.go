// A peer: goroutines, and `churn` on a persistent trie of 32-way branches.
// Reads lines "NAME COUNT [LIVE]", answers each with "VALUE CHECK".
package main

import (
	"bufio"
	"fmt"
	"math/bits"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// A leaf has no children; a branch those that exist, in the order of their bits.
type node struct {
	bits     uint32
	key      uint32
	number   uint64
	children []*node
}

func scatter(n uint64) uint64 {
	n = (n & 0x7FFFFFFF) * 0x9E3779B & 0x7FFFFFFF
	n = (n ^ n>>15) * 0x85EBCA7 & 0x7FFFFFFF
	n = (n ^ n>>13) * 0xC2B2AE3 & 0x7FFFFFFF
	return n ^ n>>16
}

func place(n, size uint64) uint64 { return scatter(n+0x12345678) % size }

// Keys are spread already: they are their own hash.
func with(branch *node, shift uint, leaf *node) *node {
	bit := uint32(1) << (leaf.key >> shift & 31)
	at := bits.OnesCount32(branch.bits & (bit - 1))
	if branch.bits&bit == 0 {
		children := make([]*node, len(branch.children)+1)
		copy(children, branch.children[:at])
		children[at] = leaf
		copy(children[at+1:], branch.children[at:])
		return &node{bits: branch.bits | bit, children: children}
	}
	children := make([]*node, len(branch.children))
	copy(children, branch.children)
	child := children[at]
	if child.children != nil {
		children[at] = with(child, shift+5, leaf)
	} else if child.key == leaf.key {
		children[at] = leaf
	} else {
		children[at] = with(with(&node{}, shift+5, child), shift+5, leaf)
	}
	return &node{bits: branch.bits, children: children}
}

func at(branch *node, key uint32) uint64 {
	for shift := uint(0); branch.children != nil; shift += 5 {
		bit := uint32(1) << (key >> shift & 31)
		branch = branch.children[bits.OnesCount32(branch.bits&(bit-1))]
	}
	return branch.number
}

func newLeaf(key, number uint64) *node { return &node{key: uint32(key), number: number} }

// Nanoseconds of processor time of all threads.
func cpu() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return float64(usage.Utime.Nano() + usage.Stime.Nano())
}

var live *node

func churn(count, size uint64) (float64, uint64) {
	if live == nil {
		live = &node{}
		for n := uint64(0); n < size; n++ {
			live = with(live, 0, newLeaf(scatter(n), n))
		}
	}
	start := cpu()
	for n := uint64(0); n < count; n++ {
		live = with(live, 0, newLeaf(scatter(place(n, size)), n))
	}
	rate := float64(count) / (cpu() - start) * 1e9
	check := uint64(0)
	for n := uint64(0); n < count && n < 1000; n++ {
		check += at(live, uint32(scatter(place(n, size))))
	}
	return rate, check
}

// Microseconds for each goroutine that answers and ends.
func spawn(count uint64) (float64, uint64) {
	answers := make(chan uint64)
	check := uint64(0)
	start := cpu()
	for n := uint64(0); n < count; n++ {
		go func(n uint64) { answers <- n * n % 1000 }(n)
		check += <-answers
	}
	return (cpu() - start) / float64(count) / 1e3, check
}

// Bytes of the process.
func resident() uint64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		panic(err)
	}
	pages, err := strconv.ParseUint(strings.Fields(string(text))[1], 10, 64)
	if err != nil {
		panic(err)
	}
	return pages * uint64(os.Getpagesize())
}

var never = make(chan bool)

// Bytes for each goroutine that waits. They stay: later ones take memory of their own.
func parked(count uint64) (float64, uint64) {
	ready := make(chan bool)
	before := resident()
	for n := uint64(0); n < count; n++ {
		go func() { ready <- true; <-never }()
		<-ready
	}
	return float64(resident()-before) / float64(count), count
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		count, err := strconv.ParseUint(words[1], 10, 64)
		if err != nil {
			panic(err)
		}
		var value float64
		var check uint64
		switch words[0] {
		case "churn":
			size, err := strconv.ParseUint(words[2], 10, 64)
			if err != nil {
				panic(err)
			}
			value, check = churn(count, size)
		case "spawn":
			value, check = spawn(count)
		case "parked":
			value, check = parked(count)
		default:
			panic(words[0])
		}
		fmt.Println(strconv.FormatFloat(value, 'f', -1, 64), check)
	}
}
