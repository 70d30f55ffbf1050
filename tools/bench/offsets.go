// The offset pass of a splitter in Go: encoding/csv reads every record and reports its start.
//
//	offsets FILE CHUNK_BYTES
package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strconv"
)

type found struct {
	Records int     `json:"records"`
	Starts  []int64 `json:"starts"`
}

func offsets(reader *csv.Reader, chunkBytes int64) (found, error) {
	result, cell := found{}, int64(-1)
	if _, err := reader.Read(); err != nil {
		return result, err
	}
	grid := reader.InputOffset()
	for {
		start := reader.InputOffset()
		if _, err := reader.Read(); errors.Is(err, io.EOF) {
			return result, nil
		} else if err != nil {
			return result, err
		}
		result.Records++
		if begunIn := (start - grid) / chunkBytes; begunIn != cell {
			cell = begunIn
			result.Starts = append(result.Starts, start)
		}
	}
}

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	chunkBytes, err := strconv.ParseInt(os.Args[2], 10, 64)
	if err != nil {
		panic(err)
	}
	reader := csv.NewReader(file)
	reader.ReuseRecord = true
	result, err := offsets(reader, chunkBytes)
	if err != nil {
		panic(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		panic(err)
	}
}
