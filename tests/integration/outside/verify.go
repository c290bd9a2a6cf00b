// Checks a published log with golang.org/x/mod/sumdb, which ClinRAG did not write.
//
//	verify note     VKEY NOTE                       prints the text, or fails
//	verify record   VKEY TLOG_PROOF ENTRY            inclusion of the entry's bytes
//	verify tree     VKEY OLD_NOTE NEW_NOTE PROOF     consistency
//	verify tiles    VKEY FOLDER                      every leaf and root from tiles
//	verify vectors  ENTRIES                          roots and proofs, for comparison
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	if len(os.Args) < 3 {
		fail(fmt.Errorf("what is to be verified?"))
	}
	args := os.Args[2:]
	switch os.Args[1] {
	case "note":
		fmt.Print(open(args[0], read(args[1])))
	case "record":
		record(args[0], read(args[1]), read(args[2]))
	case "tree":
		tree(args[0], read(args[1]), read(args[2]), read(args[3]))
	case "tiles":
		tiles(args[0], args[1])
	case "vectors":
		vectors(args[0])
	default:
		fail(fmt.Errorf("unknown: %s", os.Args[1]))
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func check(err error) {
	if err != nil {
		fail(err)
	}
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	check(err)
	return data
}

func open(vkey string, message []byte) string {
	verifier, err := note.NewVerifier(vkey)
	check(err)
	opened, err := note.Open(message, note.VerifierList(verifier))
	check(err)
	return opened.Text
}

func checkpoint(vkey string, message []byte) tlog.Tree {
	lines := strings.Split(open(vkey, message), "\n")
	if len(lines) < 4 {
		fail(fmt.Errorf("no checkpoint"))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	return tlog.Tree{N: size, Hash: hash(lines[2])}
}

func hash(line string) tlog.Hash {
	parsed, err := tlog.ParseHash(line)
	check(err)
	return parsed
}

func hashes(lines []string) []tlog.Hash {
	var found []tlog.Hash
	for _, line := range lines {
		if line != "" {
			found = append(found, hash(line))
		}
	}
	return found
}

func record(vkey string, text []byte, entry []byte) {
	parts := strings.SplitN(string(text), "\n\n", 2)
	lines := strings.Split(parts[0], "\n")
	if len(parts) != 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		fail(fmt.Errorf("no tlog-proof"))
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	check(err)
	signed := checkpoint(vkey, []byte(parts[1]))
	proof := tlog.RecordProof(hashes(lines[2:]))
	leaf := tlog.RecordHash(entry)
	check(tlog.CheckRecord(proof, signed.N, signed.Hash, index, leaf))
	fmt.Println("record holds")
}

func tree(vkey string, older, newer, proof []byte) {
	before, after := checkpoint(vkey, older), checkpoint(vkey, newer)
	path := tlog.TreeProof(hashes(strings.Split(string(proof), "\n")))
	check(tlog.CheckTree(path, after.N, after.Hash, before.N, before.Hash))
	fmt.Println("tree holds")
}

// folder reads tiles as published in the layout of C2SP tlog-tiles.
type folder struct{ root string }

func (f folder) Height() int { return height }

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		// Path gives tile/8/<L>/…; C2SP leaves the height out.
		name := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(f.root, name))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func tiles(vkey, root string) {
	signed := checkpoint(vkey, read(filepath.Join(root, "checkpoint")))
	reader := tlog.TileHashReader(signed, folder{root})
	computed, err := tlog.TreeHash(signed.N, reader)
	check(err)
	if computed != signed.Hash {
		fail(fmt.Errorf("the tiles give another root"))
	}
	for index := int64(0); index < signed.N; index++ {
		proof, err := tlog.ProveRecord(signed.N, index, reader)
		check(err)
		leaf := tlog.RecordHash(entry(root, signed.N, index))
		check(tlog.CheckRecord(proof, signed.N, signed.Hash, index, leaf))
	}
	for old := int64(1); old <= signed.N; old += 1 + signed.N/50 {
		proof, err := tlog.ProveTree(signed.N, old, reader)
		check(err)
		before, err := tlog.TreeHash(old, reader)
		check(err)
		check(tlog.CheckTree(proof, signed.N, signed.Hash, old, before))
	}
	fmt.Printf("tiles hold: %d\n", signed.N)
}

var bundles = map[string][][]byte{}

func entry(root string, size, index int64) []byte {
	width := size - index/256*256
	if width > 256 {
		width = 256
	}
	// A data tile's path is that of a hash tile of level -1: tile/8/data/….
	tile := tlog.Tile{H: height, L: -1, N: index / 256, W: int(width)}
	name := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
	if bundles[name] == nil {
		rest := read(filepath.Join(root, name))
		for len(rest) > 0 {
			length := int(binary.BigEndian.Uint16(rest))
			bundles[name] = append(bundles[name], rest[2:2+length])
			rest = rest[2+length:]
		}
	}
	return bundles[name][index%256]
}

// vectors prints, for each size of a tree over base64 lines, its root, one inclusion
// proof and one consistency proof; the caller compares.
func vectors(path string) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var found []tlog.Hash
		for _, index := range indexes {
			found = append(found, stored[index])
		}
		return found, nil
	})
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for number, line := range bytes.Fields(read(path)) {
		data, err := base64.StdEncoding.DecodeString(string(line))
		check(err)
		more, err := tlog.StoredHashes(int64(number), data, reader)
		check(err)
		stored = append(stored, more...)
		size := int64(number) + 1
		root, err := tlog.TreeHash(size, reader)
		check(err)
		index, old := (size*size+3)%size, size*5/7+1
		if old > size {
			old = size
		}
		record, err := tlog.ProveRecord(size, index, reader)
		check(err)
		tree, err := tlog.ProveTree(size, old, reader)
		check(err)
		fmt.Fprintf(out, "%d %s %d %s %d %s\n", size, root, index, joined(record), old, joined(tree))
	}
}

func joined(path []tlog.Hash) string {
	words := []string{"."}
	for _, step := range path {
		words = append(words, step.String())
	}
	return strings.Join(words, ",")
}
