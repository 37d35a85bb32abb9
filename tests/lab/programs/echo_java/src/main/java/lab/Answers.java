package lab;

import com.google.gson.Gson;
import io.grpc.Grpc;
import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.internal.GrpcUtil;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** Answers every method of the service; one whose name ends in "Stream" answers for ever, twice a second. */
final class Answers extends HandlerRegistry {
  static final String LIBRARY = GrpcUtil.getGrpcBuildVersion().getImplementationVersion();
  private static final int URI = 6; // type of a subject alternative name

  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final String version;

  Answers(String version) {
    this.version = version;
  }

  @Override
  public ServerMethodDefinition<?, ?> lookupMethod(String method, String authority) {
    if (!method.startsWith("proxyless.lab.Echo/")) {
      return null;
    }
    MethodDescriptor<byte[], byte[]> descriptor = Raw.method(method);
    ServerCallHandler<byte[], byte[]> handler =
        descriptor.getType() == MethodType.UNARY
            ? (call, headers) -> unary(call, headers).startCall(call, headers)
            : (call, headers) -> stream(call, headers).startCall(call, headers);
    return ServerMethodDefinition.create(descriptor, handler);
  }

  private ServerCallHandler<byte[], byte[]> unary(ServerCall<byte[], byte[]> call, Metadata headers) {
    return ServerCalls.asyncUnaryCall(
        (request, observer) -> {
          observer.onNext(answer(call, headers));
          observer.onCompleted();
        });
  }

  private ServerCallHandler<byte[], byte[]> stream(ServerCall<byte[], byte[]> call, Metadata headers) {
    return ServerCalls.asyncServerStreamingCall(
        (byte[] request, StreamObserver<byte[]> anyObserver) -> {
          var observer = (ServerCallStreamObserver<byte[]>) anyObserver;
          ScheduledFuture<?> ticking =
              clock.scheduleAtFixedRate(
                  () -> observer.onNext(answer(call, headers)), 0, 500, TimeUnit.MILLISECONDS);
          observer.setOnCancelHandler(() -> ticking.cancel(false));
        });
  }

  private byte[] answer(ServerCall<byte[], byte[]> call, Metadata headers) {
    SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("hostname", System.getenv().getOrDefault("HOSTNAME", ""));
    answer.put("version", version);
    answer.put("language", "java");
    answer.put("library", LIBRARY);
    answer.put("method", "/" + call.getMethodDescriptor().getFullMethodName());
    answer.put("headers", texts(headers));
    answer.put("tls", session != null);
    answer.put("peer", session == null ? "" : identity(session));
    return new Gson().toJson(answer).getBytes(StandardCharsets.UTF_8);
  }

  private static Map<String, String> texts(Metadata headers) {
    Map<String, String> texts = new LinkedHashMap<>();
    for (String name : headers.keys()) {
      if (!name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
        var values = headers.getAll(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
        texts.put(name, values == null ? "" : String.join(",", values));
      }
    }
    return texts;
  }

  private static String identity(SSLSession session) {
    try {
      Certificate[] chain = session.getPeerCertificates();
      var names = ((X509Certificate) chain[0]).getSubjectAlternativeNames();
      for (List<?> name : names == null ? List.<List<?>>of() : names) {
        if (Integer.valueOf(URI).equals(name.get(0))) {
          return (String) name.get(1);
        }
      }
      return "";
    } catch (SSLPeerUnverifiedException | CertificateParsingException error) {
      return ""; // TLS without a client certificate
    }
  }
}
