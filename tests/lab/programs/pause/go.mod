module proxyless.dev/lab/pause

go 1.26
