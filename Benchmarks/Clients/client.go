// Go's net/http: one connection.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"time"
)

func main() {
	port, issuer, stop := os.Args[1], os.Args[2], os.Args[3]
	pem, err := os.ReadFile(issuer)
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	client := &http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}},
	}
	asked, failed, fresh := 0, 0, 0
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		if !info.Reused {
			fresh++
		}
	}}
	for {
		if _, err := os.Stat(stop); err == nil {
			break
		}
		asked++
		// It would try a request without a body again by itself, but not on a connection that it has just opened: fresh tells.
		request, _ := http.NewRequest("GET", "https://127.0.0.2:"+port+"/version", nil)
		answer, err := client.Do(request.WithContext(httptrace.WithClientTrace(request.Context(), trace)))
		if err == nil {
			var body []byte
			body, err = io.ReadAll(answer.Body)
			answer.Body.Close()
			if text := string(body); err == nil && (answer.StatusCode != 200 || text != "v1\n" && text != "v2\n") {
				err = fmt.Errorf("%s %q", answer.Status, text)
			}
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			failed++
		}
		time.Sleep(20 * time.Millisecond)
	}
	fmt.Printf("{\"asked\": %d, \"failed\": %d, \"fresh\": %d}\n", asked, failed, fresh)
}
