//go:build !grpcold

package main

import (
	"log"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	xdscreds "google.golang.org/grpc/credentials/xds"
	"google.golang.org/grpc/xds"
)

func newServer(plain bool, options []grpc.ServerOption) server {
	if plain {
		return grpc.NewServer(options...)
	}
	creds, err := xdscreds.NewServerCredentials(xdscreds.ServerOptions{FallbackCreds: insecure.NewCredentials()})
	if err != nil {
		log.Fatal(err)
	}
	made, err := xds.NewGRPCServer(append(options, grpc.Creds(creds))...)
	if err != nil {
		log.Fatal(err)
	}
	return made
}
