// Program echo is the Go echo program of the lab: an xDS server, and a client that forwards calls when asked.
// The contract is in ../echo_python/echo.py; all languages answer alike.
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
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	xdscreds "google.golang.org/grpc/credentials/xds"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

// rawCodec passes JSON bytes through, so that no generated code is needed.
type rawCodec struct{}

func (rawCodec) Marshal(v any) ([]byte, error) { return *(v.(*[]byte)), nil }
func (rawCodec) Unmarshal(data []byte, v any) error {
	*(v.(*[]byte)) = append([]byte(nil), data...)
	return nil
}
func (rawCodec) Name() string   { return "proxyless-raw" }
func (rawCodec) String() string { return "proxyless-raw" }

var version = flag.String("version", "v1", "what the answers call this workload's version")

func answer(ctx context.Context, method string) []byte {
	headers := map[string]string{}
	if incoming, ok := metadata.FromIncomingContext(ctx); ok {
		for key, values := range incoming {
			headers[key] = strings.Join(values, ",")
		}
	}
	tls, identity := false, ""
	if remote, ok := peer.FromContext(ctx); ok && remote.AuthInfo != nil {
		if info, ok := remote.AuthInfo.(credentials.TLSInfo); ok {
			tls = true
			if len(info.State.PeerCertificates) > 0 && len(info.State.PeerCertificates[0].URIs) > 0 {
				identity = info.State.PeerCertificates[0].URIs[0].String()
			}
		}
	}
	body, _ := json.Marshal(map[string]any{
		"hostname": os.Getenv("HOSTNAME"), "version": *version, "language": "go", "library": grpc.Version,
		"method": method, "headers": headers, "tls": tls, "peer": identity,
	})
	return body
}

// serve answers every method; one whose name ends in "Stream" answers twice a second until the caller leaves.
func serve(_ any, stream grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(stream)
	if !strings.HasPrefix(method, "/proxyless.lab.Echo/") {
		return status.Error(codes.Unimplemented, method)
	}
	var request []byte
	if err := stream.RecvMsg(&request); err != nil {
		return err
	}
	for {
		reply := answer(stream.Context(), method)
		if err := stream.SendMsg(&reply); err != nil || !strings.HasSuffix(method, "Stream") {
			return err
		}
		select {
		case <-stream.Context().Done():
			return status.FromContextError(stream.Context().Err()).Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
}

type order struct {
	Target   string            `json:"target"`
	Method   string            `json:"method"`
	Count    int               `json:"count"`
	Headers  map[string]string `json:"headers"`
	Timeout  float64           `json:"timeout"`
	Interval float64           `json:"interval"`
	Insecure bool              `json:"insecure"`
}

var (
	mutex    sync.Mutex
	channels = map[string]*grpc.ClientConn{}
)

// channel keeps one channel per target, as an application would.
func channel(target string, plain bool) (*grpc.ClientConn, error) {
	mutex.Lock()
	defer mutex.Unlock()
	key := fmt.Sprint(target, plain)
	if found := channels[key]; found != nil {
		return found, nil
	}
	creds := insecure.NewCredentials()
	if !plain && strings.HasPrefix(target, "xds:") {
		var err error
		creds, err = xdscreds.NewClientCredentials(xdscreds.ClientOptions{FallbackCreds: insecure.NewCredentials()})
		if err != nil {
			return nil, err
		}
	}
	made, err := grpc.Dial(target, grpc.WithTransportCredentials(creds),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(rawCodec{})))
	if err == nil {
		channels[key] = made
	}
	return made, err
}

func call(want order) map[string]any {
	result := map[string]any{}
	fail := func(err error) map[string]any {
		result["error"] = status.Convert(err).Message()
		result["code"] = codeName(status.Code(err))
		return result
	}
	target, err := channel(want.Target, want.Insecure)
	if err != nil {
		return map[string]any{"error": err.Error(), "code": "LOCAL"}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(want.Timeout*float64(time.Second)))
	defer cancel()
	for key, value := range want.Headers {
		ctx = metadata.AppendToOutgoingContext(ctx, key, value)
	}
	request, reply := []byte("{}"), []byte{}
	if !strings.HasSuffix(want.Method, "Stream") {
		if err := target.Invoke(ctx, want.Method, &request, &reply); err != nil {
			return fail(err)
		}
		_ = json.Unmarshal(reply, &result)
		return result
	}
	stream, err := target.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, want.Method)
	if err == nil {
		err = stream.SendMsg(&request)
	}
	if err == nil {
		err = stream.CloseSend()
	}
	messages := 0
	for err == nil {
		if err = stream.RecvMsg(&reply); err == nil {
			messages++
			_ = json.Unmarshal(reply, &result)
		}
	}
	result["messages"] = messages
	return fail(err)
}

func codeName(code codes.Code) string {
	names := []string{"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
		"ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED",
		"OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"}
	if int(code) < len(names) {
		return names[code]
	}
	return code.String()
}

func control(writer http.ResponseWriter, request *http.Request) {
	reply := any(map[string]any{"ok": true, "language": "go", "library": grpc.Version})
	if request.Method == http.MethodPost {
		want := order{Method: "/proxyless.lab.Echo/Call", Count: 1, Timeout: 5}
		if err := json.NewDecoder(request.Body).Decode(&want); err != nil {
			http.Error(writer, err.Error(), http.StatusBadRequest)
			return
		}
		results := []map[string]any{}
		for number := 0; number < want.Count; number++ {
			if number > 0 {
				time.Sleep(time.Duration(want.Interval * float64(time.Second)))
			}
			started := time.Now()
			result := call(want)
			result["seconds"] = time.Since(started).Seconds()
			results = append(results, result)
		}
		reply = map[string]any{"results": results}
	}
	writer.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(writer).Encode(reply)
}

type server interface {
	Serve(net.Listener) error
}

func main() {
	port := flag.Int("port", 17070, "gRPC port")
	controlPort := flag.Int("control", 17171, "control port (HTTP)")
	plain := flag.Bool("plain", false, "an ordinary server that reads no xDS")
	noServer := flag.Bool("no-server", false, "a client only")
	flag.Parse()
	if !*noServer {
		listener, err := net.Listen("tcp4", fmt.Sprintf("0.0.0.0:%d", *port))
		if err != nil {
			log.Fatal(err)
		}
		options := []grpc.ServerOption{grpc.UnknownServiceHandler(serve), grpc.ForceServerCodec(rawCodec{})}
		go func() { log.Fatal(newServer(*plain, options).Serve(listener)) }()
	}
	log.Fatal(http.ListenAndServe(fmt.Sprintf(":%d", *controlPort), http.HandlerFunc(control)))
}
