import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Follows certificates on Kafka: reads, stores, and only then commits. Needs kafka-clients and Java 17 or later, and
 * runs without being compiled: {@code java -cp 'libs/*' KafkaSubscriber.java 37}.
 *
 * OCOP_KAFKA, OCOP_KAFKA_USER and OCOP_KAFKA_PASSWORD say where and as whom; the arguments name the authorities. Every
 * event is one line of JSON on standard output. A line comes again only when this was killed between the two steps, and
 * whoever stores the lines knows it by its id.
 */
public class KafkaSubscriber {
    public static void main(String[] authorities) {
        List<String> topics = Stream.of(authorities).map(each -> "ocop." + each + ".certificates").toList();
        PrintStream store = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Map<String, String> newest = new HashMap<>();
        try (var consumer = new KafkaConsumer<>(settings(), new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(topics);
            while (true) {
                for (var record : consumer.poll(Duration.ofSeconds(1))) {
                    String sequence = header(record, "ce_sequence");
                    String subject = header(record, "ce_source") + " " + header(record, "ce_subject");
                    if (sequence.compareTo(newest.getOrDefault(subject, "")) <= 0) {
                        continue; // It was sent again; twenty digits compare as text.
                    }
                    newest.put(subject, sequence);
                    // A string in JSON holds no line feed, so that those which are left only lay it out.
                    String data = record.value().replaceAll("[\r\n]", " ");
                    String id = header(record, "ce_id");
                    String type = header(record, "ce_type");
                    store.printf("{\"id\": \"%s\", \"type\": \"%s\", \"data\": %s}%n", id, type, data);
                }
                consumer.commitSync();
            }
        }
    }

    private static Properties settings() {
        String user = System.getenv("OCOP_KAFKA_USER");
        Properties settings = new Properties();
        settings.put("bootstrap.servers", System.getenv("OCOP_KAFKA"));
        settings.put("group.id", (user == null ? "subscriber" : user) + ".archive");
        settings.put("enable.auto.commit", "false");
        settings.put("auto.offset.reset", "earliest");
        if (user != null) {
            String login = "org.apache.kafka.common.security.scram.ScramLoginModule required"
                + " username=\"%s\" password=\"%s\";";
            settings.put("security.protocol", "SASL_PLAINTEXT");
            settings.put("sasl.mechanism", "SCRAM-SHA-512");
            settings.put("sasl.jaas.config", login.formatted(user, System.getenv("OCOP_KAFKA_PASSWORD")));
        }
        return settings;
    }

    private static String header(ConsumerRecord<String, String> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }
}
