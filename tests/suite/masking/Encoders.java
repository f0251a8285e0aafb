import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes a text in every way that the JDK has: a name, a tab and the text a line, both in hexadecimal. */
public class Encoders {
    public static void main(String[] arguments) throws Exception {
        String text = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        byte[] latin1 = text.getBytes(StandardCharsets.ISO_8859_1);
        Map<String, String> written = new LinkedHashMap<>();
        written.put("URLEncoder", URLEncoder.encode(text, StandardCharsets.UTF_8));
        written.put("URLEncoder, twice", URLEncoder.encode(
            URLEncoder.encode(text, StandardCharsets.UTF_8), StandardCharsets.UTF_8));
        written.put("URLEncoder in Latin-1", URLEncoder.encode(text, StandardCharsets.ISO_8859_1));
        written.put("URI", new java.net.URI("https", "host.example", "/", "q=" + text, null).toString());
        written.put("URI in ASCII",
            new java.net.URI("https", "host.example", "/", "q=" + text, null).toASCIIString());
        written.put("Base64", Base64.getEncoder().encodeToString(utf8));
        written.put("Base64 without padding", Base64.getEncoder().withoutPadding().encodeToString(utf8));
        written.put("Base64 for URLs", Base64.getUrlEncoder().encodeToString(utf8));
        written.put("Base64 of Latin-1", Base64.getEncoder().encodeToString(latin1));
        written.put("Base64 of Base64", Base64.getEncoder().encodeToString(Base64.getEncoder().encode(utf8)));
        written.put("Base64 in lines", Base64.getMimeEncoder().encodeToString(
            ("x".repeat(50) + text + "x".repeat(50)).getBytes(StandardCharsets.UTF_8)));
        written.put("HexFormat", HexFormat.of().formatHex(utf8));
        written.put("HexFormat in capitals", HexFormat.of().withUpperCase().formatHex(utf8));
        written.put("UTF-8 read as Latin-1", new String(utf8, StandardCharsets.ISO_8859_1));
        written.put("Latin-1 read as UTF-8", new String(latin1, StandardCharsets.UTF_8));
        written.put("ASCII", new String(text.getBytes(StandardCharsets.US_ASCII), StandardCharsets.US_ASCII));
        for (Map.Entry<String, String> entry : written.entrySet()) {
            System.out.println(hex(entry.getKey()) + "\t" + hex(entry.getValue()));
        }
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
    }
}
