package bench;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.kafka.streams.processor.api.Record;

/** The very batches that our worker reads: a whole Arrow IPC stream a record, x and y relative to a corner at 0. */
final class ArrowPings extends Dwell {
    private final BufferAllocator memory = new RootAllocator();

    @Override
    public void process(Record<byte[], byte[]> record) {
        try (ArrowStreamReader reader = new ArrowStreamReader(new ByteArrayInputStream(record.value()), memory)) {
            VectorSchemaRoot batch = reader.getVectorSchemaRoot();
            while (reader.loadNextBatch()) {
                UInt8Vector phone = (UInt8Vector) batch.getVector("phone");
                BigIntVector ts = (BigIntVector) batch.getVector("ts");
                Float4Vector x = (Float4Vector) batch.getVector("x");
                Float4Vector y = (Float4Vector) batch.getVector("y");
                for (int row = 0; row < batch.getRowCount(); row++) {
                    take(Long.toHexString(phone.get(row)), ts.get(row), x.get(row), y.get(row));
                }
            }
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }
}
