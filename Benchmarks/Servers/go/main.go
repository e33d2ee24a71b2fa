// The small site: the release's version, and /echo, which gives a body back.
package main

import (
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
)

func main() {
	version, err := os.ReadFile("version")
	if err != nil {
		panic(err)
	}
	var listener net.Listener
	if len(os.Args) > 1 {
		listener, err = net.Listen("tcp", os.Args[1]) // without deployd
	} else {
		listener, err = net.FileListener(os.NewFile(3, "web")) // the socket that deployd hands down
	}
	if err != nil {
		panic(err)
	}

	var draining atomic.Bool
	var connections sync.WaitGroup
	server := &http.Server{
		Handler: http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
			if draining.Load() {
				response.Header().Set("Connection", "close")
			}
			body := version
			if request.URL.Path == "/echo" {
				body, _ = io.ReadAll(request.Body)
			}
			response.Header().Set("Content-Length", strconv.Itoa(len(body)))
			response.Write(body)
		}),
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				connections.Add(1)
			case http.StateClosed, http.StateHijacked:
				connections.Done()
			}
		},
	}

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() {
		<-stop
		// Not server.Shutdown: that closes idle connections, and a request on its way to one is lost. Accept no more, answer
		// what comes on the connections there are, and let each go behind its answer.
		draining.Store(true)
		listener.Close()
	}()
	server.Serve(listener)
	if draining.Load() {
		connections.Wait()
	}
}
