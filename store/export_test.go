package store

import "embed"

// Migrations are the files that make the tables.
var Migrations embed.FS = migrations

// QueriesOfClaims are the queries of a claim, whose plans a test looks at.
func QueriesOfClaims() []string {
	return []string{dueSQL, "SELECT rowid FROM deliveries WHERE " + unsettledSQL}
}

// BounceQuery finds a delivery by what it is called where it comes back to.
const BounceQuery = bounceSQL
