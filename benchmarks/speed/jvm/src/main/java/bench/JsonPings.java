package bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.kafka.streams.processor.api.Record;

/** One ping a record, as JSON. */
final class JsonPings extends Dwell {
    private final JsonFactory json = new JsonFactory();

    @Override
    public void process(Record<byte[], byte[]> record) {
        String phone = "";
        long ts = 0;
        double x = 0;
        double y = 0;
        try (JsonParser parser = json.createParser(record.value())) {
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                if (parser.currentToken() != JsonToken.FIELD_NAME) {
                    continue;
                }
                String name = parser.currentName();
                parser.nextToken();
                switch (name) {
                    case "device_id" -> phone = parser.getText();
                    case "ts" -> ts = parser.getLongValue();
                    case "x_m" -> x = parser.getDoubleValue();
                    case "y_m" -> y = parser.getDoubleValue();
                    default -> { }
                }
            }
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
        take(phone, ts, x, y);
    }
}
