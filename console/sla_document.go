package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// ErrNoPrinter is that nothing here prints PDF.
var ErrNoPrinter = errors.New("nothing here prints PDF")

const pdfType = "application/pdf"

// MostPDF bounds what is printed, in bytes.
const MostPDF = 5 << 20

// File is a document with its name.
type File struct {
	Name, MediaType string
	Data            []byte
}

// SLAFile gives the report of an SLA for a month, such as 2026-11, as text,
// json, csv or pdf. What is wrong with the month is a *Fault, an SLA that is
// not there ErrNotFound.
func (s *Site) SLAFile(ctx context.Context, sla, month, format string) (File, error) {
	row, err := s.API.readSLA(ctx, Call{}, slaAsked{ID: sla, Month: month})
	if err != nil {
		return File{}, err
	}
	file := File{Name: row.file(s.Zone, format)}
	switch format {
	case "text":
		file.Name, file.MediaType = row.file(s.Zone, "txt"), "text/plain; charset=utf-8"
		digest := s.API.digestSLA(&row)
		file.Data = []byte(digest.Title + "\n\n" + strings.Join(digest.Paragraphs, "\n") + "\n\n" + s.URL + digest.Path + "\n")
	case "json":
		file.MediaType = "application/json"
		file.Data, err = json.MarshalIndent(&row, "", "  ")
		file.Data = append(file.Data, '\n')
	case "csv":
		file.MediaType, file.Data = csvType, slaCSV(&row)
	case "pdf":
		file.MediaType = pdfType
		file.Data, err = s.printSLA(ctx, &row)
	default:
		err = fmt.Errorf("there is no form %q of a report", format)
	}
	return file, err
}

// file names a document of it.
func (row *slaRow) file(zone *time.Location, ending string) string {
	return "sla-" + url.PathEscape(row.SLA) + "-" + row.From.In(zone).Format("2006-01") + "." + ending
}

// printSLA has a report printed.
func (s *Site) printSLA(ctx context.Context, row *slaRow) ([]byte, error) {
	if s.Print == nil {
		return nil, ErrNoPrinter
	}
	page := s.slaPage(row)
	page.Printed = s.moment(s.Now())
	var html bytes.Buffer
	if err := pages().ExecuteTemplate(&html, "sla-print", page); err != nil {
		return nil, fmt.Errorf("write the report: %w", err)
	}
	pdf, err := s.Print(ctx, html.String())
	switch {
	case err != nil:
		return nil, err
	case len(pdf) > MostPDF:
		return nil, fmt.Errorf("the PDF has %d bytes, more than %d", len(pdf), MostPDF)
	}
	return pdf, nil
}
