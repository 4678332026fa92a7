package remote

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"daymark/checker"
)

// A record of the spool is a line: the CRC-32 of the JSON as eight hexadecimal
// digits, a space, the JSON of one result.
const (
	recordHead = 9
	maxRecord  = 2_000_000 // bytes; a bounded result is always smaller
)

// ErrTooLarge says that a result is larger than the spool takes; see
// checker.Result.Bound.
var ErrTooLarge = errors.New("the result is too large for the spool")

// appendRecord writes one result as a line.
func appendRecord(to *bytes.Buffer, result checker.Result) error {
	document, err := encodeJSON(result)
	if err != nil {
		return fmt.Errorf("encode result of %s: %w", result.Check, err)
	}
	if recordHead+len(document) > maxRecord {
		return fmt.Errorf("result of %s with %d bytes: %w", result.Check, len(document), ErrTooLarge)
	}
	fmt.Fprintf(to, "%08x ", crc32.ChecksumIEEE(document))
	to.Write(document)
	to.WriteByte('\n')
	return nil
}

// encodeJSON is JSON without a line break at its end, and without HTML's
// escapes, which would make pages in evidence several times as long.
func encodeJSON(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}

// decodeRecord reads one line without its line break.
func decodeRecord(line []byte) (checker.Result, error) {
	var result checker.Result
	if len(line) < recordHead || line[recordHead-1] != ' ' {
		return result, errors.New("the record has no checksum")
	}
	var sum [4]byte
	if _, err := hex.Decode(sum[:], line[:recordHead-1]); err != nil {
		return result, errors.New("the record has no checksum")
	}
	document := line[recordHead:]
	if got := crc32.ChecksumIEEE(document); got != uint32(sum[0])<<24|uint32(sum[1])<<16|uint32(sum[2])<<8|uint32(sum[3]) {
		return result, errors.New("the checksum is wrong")
	}
	if err := json.Unmarshal(document, &result); err != nil {
		return checker.Result{}, fmt.Errorf("the record is no result: %w", err)
	}
	return result, nil
}

// readRecords reads lines until visit answers false or the reader ends. end is
// how many bytes of the reader have been used, the line included. A line that
// is no record, is too long or has no line break comes with a fault.
func readRecords(from io.Reader, visit func(result checker.Result, end int64, fault error) bool) error {
	reader := bufio.NewReaderSize(from, 64<<10)
	var line []byte
	var end int64
	for {
		line = line[:0]
		var err error
		for {
			var piece []byte
			piece, err = reader.ReadSlice('\n')
			end += int64(len(piece))
			if len(line) <= maxRecord { // one that is too long is read on and not kept
				line = append(line, piece...)
			}
			if !errors.Is(err, bufio.ErrBufferFull) {
				break
			}
		}
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return fmt.Errorf("read records: %w", err)
		case err != nil && len(line) == 0:
			return nil
		case err != nil:
			visit(checker.Result{}, end, errors.New("the record breaks off"))
			return nil
		}
		var result checker.Result
		fault := errors.New("the record is too long")
		if len(line) <= maxRecord+1 {
			result, fault = decodeRecord(bytes.TrimSuffix(line, []byte("\n")))
		}
		if !visit(result, end, fault) {
			return nil
		}
	}
}
