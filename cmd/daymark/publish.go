package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"daymark/config"
	"daymark/notify"
	"daymark/statuspage"
	"daymark/statuspage/bucket"
	"daymark/store"
)

// pageParams are what the page is made from, live and in copies.
func pageParams(c *core, doc *config.Document, o *objectives, log *slog.Logger) statuspage.Params {
	return statuspage.Params{
		Source: store.NewPage(c.store, c.policy.Component).Standing(c.policy.Stands), Options: doc.Page, Groups: doc.Groups,
		Components: doc.Components, Regions: doc.Regions, Lease: doc.Agents.Lease, SLAs: doc.SLAs, Recurring: doc.Maintenance.Recurring, Logger: log, Now: c.now,
		Subscribe: &statuspage.Subscribing{Channels: channelsOf(doc)}, Reports: newReporters(c), ReportsMailed: mailsReports(doc), NoFeeds: !servesFeeds(doc), Objectives: o,
	}
}

// buildPublishers makes what writes copies of the page to where the
// configuration says.
func (a *app) buildPublishers(page statuspage.Params) error {
	type place struct {
		statuspage.PublisherOptions
		kind string
	}
	var places []place
	if dir := a.doc.Publish.Dir; dir != "" {
		places = append(places, place{statuspage.PublisherOptions{Shelf: statuspage.Dir(dir), Name: "the folder " + dir}, "folder"})
	}
	if s3 := a.doc.Publish.S3; s3.Bucket != "" {
		shelf, err := bucket.New(s3)
		if err != nil {
			return fmt.Errorf("publish to a bucket (publish.s3): %w", err)
		}
		a.onStop("close the connections to the bucket", func(context.Context) error { shelf.Close(); return nil })
		places = append(places, place{statuspage.PublisherOptions{Shelf: shelf, Name: "the bucket " + s3.Bucket + " at " + s3.Endpoint}, "bucket"})
	}
	for _, p := range places {
		p.Page = page
		p.Trouble = func(ctx context.Context, t statuspage.PublishTrouble) error { return a.copyFails(ctx, p.kind, t) }
		made, err := statuspage.NewPublisher(p.PublisherOptions)
		if err != nil {
			return err
		}
		a.publishers = append(a.publishers, made)
	}
	return nil
}

// copyFails tells staff of a copy that cannot be written, and of the end of
// that. kind is folder or bucket.
func (a *app) copyFails(ctx context.Context, kind string, t statuspage.PublishTrouble) error {
	now := a.now()
	key := "copy-" + kind
	id := fmt.Sprintf("%s-%d", key, t.Since.UnixMilli())
	n := notify.Notice{
		Key: key, Title: "The copy of the page cannot be written since " + t.Since.In(a.zone).Format("15:04"),
		Text: fmt.Sprintf("It is kept in %s. The last that came of it: %s.\n\nThe live page is not touched by it. Visitors of the copy see how old it is; it is tried again each minute.", t.Name, t.Reason),
	}
	if t.Over {
		id += "-over"
		n.Over, n.Title, n.Text = true, "The copy of the page is written again", "It is kept in "+t.Name+"."
	}
	if err := a.store.QueueNotices(ctx, a.staff.Trouble(notify.RunbookCopy, id, n, now), now); err != nil {
		return err
	}
	a.wakeSender()
	return nil
}

type publishCommand struct {
	configFlag
	Dir string `arg:"" help:"The folder; it is made where there is none." type:"path"`
}

// Help gives an example.
func (publishCommand) Help() string {
	return `The copy is the whole page with its incidents, its history and its API, in each language, for any web server. In a folder that has one already only what has changed is written. With a server running it is the server that writes, as its user. To keep a copy current by itself, set publish.dir or publish.s3 in the configuration.

Example: daymark publish /srv/status`
}

// publishAsked asks for a copy.
type publishAsked struct {
	Dir string `json:"dir"`
}

// Run has the running server write the copy, or writes it when none runs.
func (c *publishCommand) Run(ctx context.Context, std streams, logging *logOptions) error {
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return fmt.Errorf("find the folder: %w", err)
	}
	question := publishAsked{Dir: dir}
	var done statuspage.Published
	err = ask(ctx, c.configFlag, std, logging, "/publish", question, &done, func(o *operations) (err error) {
		done, err = o.publish(ctx, question)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "%s: %d files; %d written, %d removed\n", dir, done.Files, done.Written, done.Removed)
	return err
}

// publishTime is what a copy by hand may take; the control socket gives a
// minute.
const publishTime = 50 * time.Second

// publish writes a copy of the page to a folder.
func (o *operations) publish(ctx context.Context, q publishAsked) (statuspage.Published, error) {
	if data := o.doc.Server.Data; !filepath.IsAbs(q.Dir) || config.Within(q.Dir, data) || config.Within(data, q.Dir) {
		return statuspage.Published{}, usageError{fmt.Errorf("%s is no folder for a copy: it is for everybody to read, so it is not in server.data, and does not hold it", q.Dir)}
	}
	made, err := statuspage.NewPublisher(statuspage.PublisherOptions{
		Page: pageParams(o.core, o.doc, newObjectives(o.core, o.doc, slog.New(slog.DiscardHandler), nil), slog.New(slog.DiscardHandler)), Shelf: statuspage.Dir(q.Dir), Name: "the folder " + q.Dir, Pass: publishTime,
	})
	if err != nil {
		return statuspage.Published{}, err
	}
	return made.Publish(ctx)
}
