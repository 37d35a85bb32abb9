package lab;

import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Passes JSON bytes through gRPC, so that no generated code is needed. */
final class Raw implements MethodDescriptor.Marshaller<byte[]> {
  private Raw() {}

  /** A method by its full name without the first slash; its type is told by its name. */
  static MethodDescriptor<byte[], byte[]> method(String name) {
    MethodType type = name.endsWith("Stream") ? MethodType.SERVER_STREAMING : MethodType.UNARY;
    return MethodDescriptor.newBuilder(new Raw(), new Raw()).setType(type).setFullMethodName(name).build();
  }

  @Override
  public InputStream stream(byte[] value) {
    return new ByteArrayInputStream(value);
  }

  @Override
  public byte[] parse(InputStream stream) {
    try {
      return stream.readAllBytes();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }
}
