// What the server says to every call.
'use strict';

const { version: library } = require('@grpc/grpc-js-xds/package.json');

const raw = (bytes) => bytes;

function identity(call) {
  // Old versions cannot tell; they have no TLS from xDS either.
  const context = call.getAuthContext ? call.getAuthContext() : {};
  const names = (context.sslPeerCertificate?.subjectaltname ?? '').split(', ');
  const uri = names.find((name) => name.startsWith('URI:'));
  return { tls: context.transportSecurityType === 'ssl', peer: uri ? uri.slice('URI:'.length) : '' };
}

function answer(call, method, version) {
  const headers = {};
  for (const name of Object.keys(call.metadata.getMap())) {
    if (!name.endsWith('-bin')) headers[name] = call.metadata.get(name).join(',');
  }
  const hostname = process.env.HOSTNAME ?? '';
  return Buffer.from(
    JSON.stringify({ hostname, version, language: 'node', library, method, headers, ...identity(call) }),
  );
}

// A server answers methods that were registered by name; this one has every method of the service.
class AnyMethod extends Map {
  constructor(version) {
    super();
    this.version = version;
  }

  get(path) {
    if (!path.startsWith('/proxyless.lab.Echo/')) return undefined;
    const shared = { path, serialize: raw, deserialize: raw };
    if (!path.endsWith('Stream')) {
      const func = (call, reply) => reply(null, answer(call, path, this.version));
      return { ...shared, type: 'unary', func };
    }
    const func = (call) => { // answers for ever, twice a second
      const tell = () => call.write(answer(call, path, this.version));
      const ticking = setInterval(tell, 500);
      call.on('cancelled', () => clearInterval(ticking));
      call.on('close', () => clearInterval(ticking));
      tell();
    };
    return { ...shared, type: 'serverStream', func };
  }
}

exports.library = library;
exports.serverWithAnyMethod = (Server, version) => {
  const server = new Server();
  if (!(server.handlers instanceof Map)) throw new Error(`grpc-js-xds ${library}: a server keeps its methods elsewhere`);
  server.handlers = new AnyMethod(version);
  return server;
};
