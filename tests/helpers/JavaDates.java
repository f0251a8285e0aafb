import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.time.temporal.TemporalAccessor;
import java.util.Locale;

/** Reads lines "pattern TAB text" and answers each with seconds and nanoseconds, or with "-". */
class JavaDates {
    public static void main(String[] args) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] pair = line.split("\t", 2);
            out.println(answer(pair[0], pair[1]));
        }
        out.flush();
    }

    private static String answer(String pattern, String text) {
        try {
            var formatter = DateTimeFormatter.ofPattern(pattern, Locale.ROOT)
                .withResolverStyle(ResolverStyle.STRICT);
            TemporalAccessor found = formatter.parseBest(
                text, OffsetDateTime::from, LocalDateTime::from, LocalDate::from);
            var moment = found instanceof OffsetDateTime with ? with
                : found instanceof LocalDateTime local ? local.atOffset(ZoneOffset.UTC)
                : ((LocalDate) found).atStartOfDay().atOffset(ZoneOffset.UTC);
            return moment.toEpochSecond() + " " + moment.getNano();
        } catch (RuntimeException error) {
            return "-";
        }
    }
}
