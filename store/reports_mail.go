package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"daymark/incident"
	"daymark/internal/lang"
	"daymark/notify"
)

// Bounds of the mail to a visitor who reported a problem. The address may be
// somebody else's.
const (
	reportMailEvery = time.Minute    // about one report; what comes sooner waits
	ReportMailsADay = 5              // to one address; more are on the page alone
	reportMailLife  = 24 * time.Hour // then it is on the page alone
)

// mailAnswer queues one email to the visitor who made a report, with an answer
// to it, where they gave an address. Nothing is mailed before a person of staff
// has answered.
func (t *Tx) mailAnswer(ctx context.Context, a *incident.Answer, now time.Time) error {
	if !t.store.mailReports || a.Reporter {
		return nil
	}
	type row struct {
		incident.Report
		number int
		last   sql.NullInt64
	}
	prefix := reportMailPrefix(a.Report)
	found, err := collect(ctx, t.query, func(rows *sql.Rows) (r row, err error) {
		return r, rows.Scan(&r.ID, &r.Contact, &r.Language, &r.number, &r.last)
	}, `SELECT r.id, r.contact, r.language, (SELECT max(number) FROM answers WHERE report = r.id), (SELECT max(due) FROM deliveries WHERE id >= ? AND id < ?)
		FROM reports r WHERE r.id = ? AND r.source = ? AND r.contact <> '' AND EXISTS (SELECT 1 FROM answers WHERE report = r.id AND author <> '')`,
		prefix+"-", prefix+".", a.Report, incident.SourcePage)
	if err != nil || len(found) == 0 {
		return err
	}
	r := &found[0]
	address, counted, err := notify.ReportAddress(r.Contact)
	if err != nil { // it is none that takes mail, and staff may read what it is
		return nil //nolint:nilerr // said above
	}
	suppression, err := t.Suppression(ctx, "email", address)
	if err != nil || suppression != nil && suppression.Hard {
		return err
	}
	may, err := t.mayMailReporter(ctx, counted, now)
	if err != nil || !may {
		return err
	}
	due := now
	if next := moment(r.last).Add(reportMailEvery); r.last.Valid && next.After(now) {
		due = next
	}
	id := fmt.Sprintf("%s-%d", prefix, r.number)
	if err := t.QueueNotice(ctx, &notify.Delivery{
		ID: id, Channel: "email", Audience: notify.Public, Expires: due.Add(reportMailLife),
		Subscriber: notify.Subscriber{Address: address}, Notice: notify.TellReporter(&r.Report, a, lang.Or(r.Language)),
	}, now); err != nil {
		return err
	}
	_, err = t.exec(ctx, "UPDATE deliveries SET due = ? WHERE id = ?", due.UnixMilli(), id)
	return err
}

// mayMailReporter counts mail to an address, and says whether it may have one
// more.
func (t *Tx) mayMailReporter(ctx context.Context, counted string, now time.Time) (bool, error) {
	hash := t.store.addressHash("report mail", counted)
	if _, err := t.exec(ctx, "DELETE FROM report_mails WHERE at <= ?", now.Add(-24*time.Hour).UnixMilli()); err != nil {
		return false, err
	}
	done, err := t.exec(ctx, "INSERT INTO report_mails (hash, at) SELECT ?, ? WHERE (SELECT count(*) FROM report_mails WHERE hash = ?) < ?",
		hash, now.UnixMilli(), hash, ReportMailsADay)
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n > 0, err
}

// bouncedReport leaves the address of a visitor alone whose mail about a report
// came back, or who complained of it.
func (t *Tx) bouncedReport(ctx context.Context, delivery string, b notify.Bounce) error {
	if !strings.HasPrefix(delivery, reportMailPrefix("")) {
		return nil
	}
	found, err := collect(ctx, t.query, func(rows *sql.Rows) (address string, err error) { return address, rows.Scan(&address) },
		"SELECT address FROM deliveries WHERE id = ? AND address <> ''", delivery)
	if err != nil || len(found) == 0 {
		return err
	}
	reason := notify.EndedByBounce
	if b.Kind == notify.Complaint {
		reason = notify.EndedByComplaint
	}
	return t.Suppress(ctx, "email", found[0], reason, true, b.At)
}

// reportMailPrefix begins the ids of the mail about a report. They lie beside
// one another: "-" comes before ".".
func reportMailPrefix(report string) string { return "report-" + report }

// forgetReportMail takes back mail about a report that has not gone, and takes
// the address out of what has.
func (t *Tx) forgetReportMail(ctx context.Context, report string, now time.Time) error {
	prefix := reportMailPrefix(report)
	const own = "(id >= ? AND id < ? OR again IN (SELECT id FROM deliveries WHERE id >= ? AND id < ?))"
	args := []any{prefix + "-", prefix + ".", prefix + "-", prefix + "."}
	_, stopped := t.exec(ctx, "UPDATE deliveries SET state = 'suppressed', reason = 'the reporter deleted the address', changed = ? WHERE state IN ('pending', 'retry') AND "+own,
		append([]any{now.UnixMilli()}, args...)...)
	told := t.tell(ctx, suppressedNowSQL+" AND d.id >= ? AND d.id < ?", now.UnixMilli(), prefix+"-", prefix+".")
	// What a server said of an address may name it.
	_, said := t.exec(ctx, `UPDATE delivery_events SET reason = replace(reason, (SELECT address FROM deliveries WHERE id = delivery), '…')
		WHERE delivery IN (SELECT id FROM deliveries WHERE address <> '' AND `+own+")", args...)
	_, gone := t.exec(ctx, "UPDATE deliveries SET reason = replace(reason, address, '…'), address = '' WHERE address <> '' AND "+own, args...)
	if err := errors.Join(stopped, told, said, gone); err != nil {
		return fmt.Errorf("take back mail about report %s: %w", report, err)
	}
	return nil
}
