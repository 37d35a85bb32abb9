// Echo program in Node.js: an xDS server, and a client that forwards calls when asked.
// The contract is in ../echo_python/echo.py; all languages answer alike.
'use strict';

const { parseArgs } = require('node:util');
const grpc = require('@grpc/grpc-js');
const xds = require('@grpc/grpc-js-xds');
const control = require('./control');
const { serverWithAnyMethod } = require('./answers');

const { values: flags } = parseArgs({
  options: {
    port: { type: 'string', default: '17070' },
    control: { type: 'string', default: '17171' },
    version: { type: 'string', default: 'v1' },
    plain: { type: 'boolean', default: false },
    'no-server': { type: 'boolean', default: false },
  },
});

xds.register();
control.listen(Number(flags.control));
if (!flags['no-server']) {
  if (!flags.plain && !xds.XdsServer) {
    console.error('this version of @grpc/grpc-js-xds has no xDS server: start with --plain or --no-server');
    process.exit(2);
  }
  const insecure = grpc.ServerCredentials.createInsecure();
  const server = serverWithAnyMethod(flags.plain ? grpc.Server : xds.XdsServer, flags.version);
  // Versions without credentials of their own read no TLS settings: their servers speak plaintext.
  const withTls = !flags.plain && xds.XdsServerCredentials;
  const credentials = withTls ? new xds.XdsServerCredentials(insecure) : insecure;
  server.bindAsync(`0.0.0.0:${flags.port}`, credentials, (error) => {
    if (error) {
      console.error(`port ${flags.port}: ${error.message}`);
      process.exit(1);
    }
  });
}
