package browser

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"path/filepath"
	"strings"

	"daymark/checker"
)

// fileOf makes the file that an upload names; see checker.UploadFile.
func fileOf(with string) (name string, content []byte, err error) {
	name, text, sample, err := checker.UploadFile(with)
	if err != nil {
		return "", nil, fmt.Errorf("upload: %w", err)
	}
	if !sample {
		return name, []byte(text), nil
	}
	make := samples()[strings.ToLower(filepath.Ext(name))]
	content, err = make()
	return name, content, err
}

const sampleText = "A sample file of a Daymark check."

// samples make the content of files by extension.
func samples() map[string]func() ([]byte, error) {
	text := func(text string) func() ([]byte, error) {
		return func() ([]byte, error) { return []byte(text), nil }
	}
	picture := func(encode func(*bytes.Buffer, image.Image) error) func() ([]byte, error) {
		return func() ([]byte, error) {
			var file bytes.Buffer
			err := encode(&file, swatch())
			return file.Bytes(), err
		}
	}
	jpg := picture(func(file *bytes.Buffer, img image.Image) error { return jpeg.Encode(file, img, nil) })
	html := text("<!doctype html>\n<html lang=\"en\"><title>Sample</title><p>" + sampleText + "</p></html>\n")
	return map[string]func() ([]byte, error){
		".txt": text(sampleText + "\n"), ".md": text("# Sample\n\n" + sampleText + "\n"),
		".csv":  text("name,amount\nSample,1\nDaymark,2\n"),
		".json": text("{\"name\": \"Sample\", \"made_by\": \"Daymark\"}\n"),
		".xml":  text("<?xml version=\"1.0\"?>\n<sample madeBy=\"Daymark\">" + sampleText + "</sample>\n"),
		".html": html, ".htm": html,
		".svg": text("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 8 8\"><title>Sample</title><rect width=\"8\" height=\"8\" fill=\"#0b6e4f\"/></svg>\n"),
		".png": picture(func(file *bytes.Buffer, img image.Image) error { return png.Encode(file, img) }),
		".gif": picture(func(file *bytes.Buffer, img image.Image) error { return gif.Encode(file, img, nil) }),
		".jpg": jpg, ".jpeg": jpg,
		".pdf": func() ([]byte, error) { return paper(sampleText), nil },
		".zip": archive,
	}
}

// swatch is a small picture.
func swatch() image.Image {
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for y := range 64 {
		for x := range 64 {
			img.Set(x, y, color.RGBA{R: uint8(x * 4), G: 110, B: uint8(y * 4), A: 255})
		}
	}
	return img
}

// paper is a PDF of one page with one line.
func paper(line string) []byte {
	stream := "BT /F1 18 Tf 72 720 Td (" + strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(line) + ") Tj ET"
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(stream), stream),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}
	var file bytes.Buffer
	file.WriteString("%PDF-1.4\n")
	offsets := make([]int, len(objects))
	for i, object := range objects {
		offsets[i] = file.Len()
		fmt.Fprintf(&file, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	table := file.Len()
	fmt.Fprintf(&file, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, offset := range offsets {
		fmt.Fprintf(&file, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&file, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return file.Bytes()
}

// archive is a ZIP with one text in it.
func archive() ([]byte, error) {
	var file bytes.Buffer
	writer := zip.NewWriter(&file)
	inside, err := writer.Create("sample.txt")
	if err == nil {
		_, err = inside.Write([]byte(sampleText + "\n"))
	}
	if err := errors.Join(err, writer.Close()); err != nil {
		return nil, fmt.Errorf("make a ZIP file: %w", err)
	}
	return file.Bytes(), nil
}
