package store

import (
	"context"
	"database/sql"
	"fmt"

	"daymark/incident"
	"daymark/notify"
)

// Readers counts, by channel, whom an update would be sent to if it were
// published now.
func (s *Store) Readers(ctx context.Context, u *incident.Update) (map[string]int, error) {
	var channels []string
	changed := []string{}
	for _, word := range u.Channels {
		channels = append(channels, notify.ChannelsOf(word)...)
	}
	for _, c := range u.Changes {
		changed = append(changed, c.Component)
	}
	args, err := queueArgs(u, channels, changed)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	_, err = collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (struct{}, error) {
		var channel string
		var n int
		err := rows.Scan(&channel, &n)
		counts[channel] = n
		return struct{}{}, err
	}, "SELECT channel, count(*) "+readersSQL+" AND (told OR NOT @ended) GROUP BY channel", args...)
	if err != nil {
		return nil, fmt.Errorf("count who an update would be sent to: %w", explain(err))
	}
	return counts, nil
}
