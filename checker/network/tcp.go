package network

import "daymark/checker"

func tcpAddress(job *checker.Job) (string, bool) {
	if job.TCP == nil {
		return "", false
	}
	return hostPort(job.TCP.Address)
}

// askTCP connects, says nothing and hangs up.
func askTCP(t *talk) (any, *fault) {
	conn, problem := t.connect()
	if problem != nil {
		return nil, problem
	}
	latency := t.answered()
	conn.Close()
	return checker.TCPFacts{Latency: latency, Address: t.Address()}, nil
}
