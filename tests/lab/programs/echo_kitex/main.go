// Program echo_kitex is the Kitex program of the lab: a server, and a client that reads xDS from istiod itself. Its control
// port answers as those of the gRPC programs do (../echo_python/echo.py), with "target" as HOST:PORT of a Service.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/cloudwego/kitex/client"
	"github.com/cloudwego/kitex/client/genericclient"
	"github.com/cloudwego/kitex/pkg/generic"
	"github.com/cloudwego/kitex/pkg/xds"
	"github.com/cloudwego/kitex/server"
	"github.com/cloudwego/kitex/server/genericserver"
	xdsmanager "github.com/kitex-contrib/xds"
	"github.com/kitex-contrib/xds/xdssuite"
)

const idl = `
namespace go lab
struct Request { 1: string text }
struct Response { 1: string hostname, 2: string version }
service Echo { Response call(1: Request request) }
`

var version = flag.String("version", "v1", "what the answers call this workload's version")

type echo struct{}

func (*echo) GenericCall(_ context.Context, _ string, _ any) (any, error) {
	body, err := json.Marshal(map[string]string{"hostname": os.Getenv("HOSTNAME"), "version": *version})
	return string(body), err
}

func thrift() generic.Generic {
	provider, err := generic.NewThriftContentProvider(idl, nil)
	if err != nil {
		log.Fatal(err)
	}
	made, err := generic.JSONThriftGeneric(provider)
	if err != nil {
		log.Fatal(err)
	}
	return made
}

var (
	mutex   sync.Mutex
	clients = map[string]genericclient.Client{}
	manager sync.Once
)

// clientOf keeps one client per target; the first one starts the xDS manager, which wants its settings in the environment.
func clientOf(target string) (genericclient.Client, error) {
	mutex.Lock()
	defer mutex.Unlock()
	if found := clients[target]; found != nil {
		return found, nil
	}
	var failed error
	manager.Do(func() { failed = xdsmanager.Init() })
	if failed != nil {
		return nil, failed
	}
	made, err := genericclient.NewClient(target, thrift(), client.WithXDSSuite(xds.ClientSuite{
		RouterMiddleware: xdssuite.NewXDSRouterMiddleware(),
		Resolver:         xdssuite.NewXDSResolver(),
	}))
	if err == nil {
		clients[target] = made
	}
	return made, err
}

type order struct {
	Target string `json:"target"`
	Count  int    `json:"count"`
}

func control(writer http.ResponseWriter, request *http.Request) {
	if request.Method != http.MethodPost {
		fmt.Fprintln(writer, `{"ok": true, "language": "go", "library": "kitex"}`)
		return
	}
	want := order{Count: 1}
	if err := json.NewDecoder(request.Body).Decode(&want); err != nil {
		http.Error(writer, err.Error(), http.StatusBadRequest)
		return
	}
	results := []map[string]any{}
	for range want.Count {
		results = append(results, call(want.Target))
	}
	_ = json.NewEncoder(writer).Encode(map[string]any{"results": results})
}

func call(target string) map[string]any {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	made, err := clientOf(target)
	if err != nil {
		return map[string]any{"error": err.Error(), "code": "LOCAL"}
	}
	reply, err := made.GenericCall(ctx, "call", `{"text": "hello"}`)
	if err != nil {
		return map[string]any{"error": err.Error(), "code": "FAILED"}
	}
	result := map[string]any{}
	_ = json.Unmarshal([]byte(reply.(string)), &result)
	return result
}

func main() {
	port := flag.Int("port", 8888, "Kitex port")
	controlPort := flag.Int("control", 17171, "control port (HTTP)")
	noServer := flag.Bool("no-server", false, "a client only")
	flag.Parse()
	if !*noServer {
		address := &net.TCPAddr{IP: net.IPv4zero, Port: *port}
		serving := genericserver.NewServer(&echo{}, thrift(), server.WithServiceAddr(address))
		go func() { log.Fatal(serving.Run()) }()
	}
	log.Fatal(http.ListenAndServe(fmt.Sprintf(":%d", *controlPort), http.HandlerFunc(control)))
}
