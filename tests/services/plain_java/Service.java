// The five endpoints on the JDK's own HTTP server, with a store in memory; no code of the suite.
// Environment: PORT, LEAF_TOKEN, LEAF_USER_ID, LEAF_OTHER_USER_ID, VARIANT, MISTAKE.
// Run it with `java Service.java`.
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.text.SimpleDateFormat;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.*;
import java.util.concurrent.*;

public class Service {
    static final String MISTAKE = System.getenv().getOrDefault("MISTAKE", "");
    static final String VARIANT = System.getenv().getOrDefault("VARIANT", "");
    static final String TOKEN = System.getenv("LEAF_TOKEN");
    static final List<String> USERS = List.of(System.getenv("LEAF_USER_ID"), System.getenv("LEAF_OTHER_USER_ID"));
    static final List<String> FEW = List.of("clientId", "username", "password", "clientEnvironment");
    static final List<String> ALL = List.of("clientId", "username", "password", "organizationCode", "refreshToken", "clientEnvironment");
    static final Map<String, Map<String, Object>> STORE = new HashMap<>();
    static final Map<String, List<Map<String, Object>>> LOG = new HashMap<>();
    static final ScheduledExecutorService LATER = Executors.newScheduledThreadPool(1);
    static int made = 0;
    static String lastEnvironment = "STAGE";

    static boolean mistake(String name) { return MISTAKE.equals(name); }

    static class Refused extends RuntimeException {
        final int status;
        Refused(int status, String why) { super(why); this.status = status; }
    }

    static class Json {
        final String s; int i = 0;
        Json(String s) { this.s = s; }
        static Object read(String text) {
            Json json = new Json(text);
            Object value = json.value(0);
            json.blank();
            if (json.i < text.length()) throw new Refused(400, "more after the JSON");
            return value;
        }
        void blank() { while (i < s.length() && " \t\r\n".indexOf(s.charAt(i)) >= 0) i++; }
        char next() { if (i >= s.length()) throw new Refused(400, "JSON ends early"); return s.charAt(i++); }
        void want(String word) { for (char c : word.toCharArray()) if (next() != c) throw new Refused(400, "no JSON"); }
        Object value(int depth) {
            if (depth > 200) throw new Refused(400, "too deep");
            blank();
            char c = next();
            if (c == '"') return string();
            if (c == '{') return object(depth);
            if (c == '[') return array(depth);
            i--;
            if (c == 't') { want("true"); return true; }
            if (c == 'f') { want("false"); return false; }
            if (c == 'n') { want("null"); return null; }
            int start = i;
            while (i < s.length() && "+-0123456789.eE".indexOf(s.charAt(i)) >= 0) i++;
            String number = s.substring(start, i);
            if (!number.matches("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d+)?")) throw new Refused(400, "no JSON");
            return new java.math.BigDecimal(number);
        }
        Map<String, Object> object(int depth) {
            Map<String, Object> map = new LinkedHashMap<>();
            blank();
            if (next() == '}') return map;
            i--;
            while (true) {
                blank();
                if (next() != '"') throw new Refused(400, "no JSON");
                String key = string();
                blank(); want(":");
                map.put(key, value(depth + 1));
                blank();
                char c = next();
                if (c == '}') return map;
                if (c != ',') throw new Refused(400, "no JSON");
            }
        }
        List<Object> array(int depth) {
            List<Object> list = new ArrayList<>();
            blank();
            if (next() == ']') return list;
            i--;
            while (true) {
                list.add(value(depth + 1));
                blank();
                char c = next();
                if (c == ']') return list;
                if (c != ',') throw new Refused(400, "no JSON");
            }
        }
        String string() {
            StringBuilder out = new StringBuilder();
            while (true) {
                char c = next();
                if (c == '"') return out.toString();
                if (c < 0x20) throw new Refused(400, "control character");
                if (c != '\\') { out.append(c); continue; }
                c = next();
                int at = "\"\\/bfnrt".indexOf(c);
                if (c == 'u') {
                    String hex = "" + next() + next() + next() + next();
                    if (!hex.matches("[0-9a-fA-F]{4}")) throw new Refused(400, "no JSON");
                    out.append((char) Integer.parseInt(hex, 16));
                } else if (at >= 0) out.append("\"\\/\b\f\n\r\t".charAt(at));
                else throw new Refused(400, "no JSON");
            }
        }
        static String write(Object value) {
            if (value instanceof Map<?, ?> map) {
                StringJoiner out = new StringJoiner(",", "{", "}");
                map.forEach((k, v) -> out.add(write(k) + ":" + write(v)));
                return out.toString();
            }
            if (value instanceof List<?> list) {
                StringJoiner out = new StringJoiner(",", "[", "]");
                list.forEach(v -> out.add(write(v)));
                return out.toString();
            }
            if (!(value instanceof String text)) return String.valueOf(value);
            if (mistake("json-by-concatenation")) return '"' + text.replace("\n", "\\n") + '"';
            StringBuilder out = new StringBuilder("\"");
            for (char c : text.toCharArray()) {
                if (c == '"' || c == '\\') out.append('\\').append(c);
                else if (c < 0x20) out.append(String.format("\\u%04x", (int) c));
                else out.append(c);
            }
            return out.append('"').toString();
        }
    }

    static String now() {
        Instant now = Instant.now();
        if (mistake("instant-to-string")) return made % 4 == 0 ? Instant.ofEpochSecond(now.getEpochSecond()).toString() : now.toString();
        if (mistake("simple-date-format")) {
            SimpleDateFormat format = new SimpleDateFormat("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'");
            format.setTimeZone(TimeZone.getTimeZone("UTC"));
            return format.format(Date.from(now));
        }
        ZoneOffset zone = mistake("local-time") ? ZoneOffset.ofHours(-3) : ZoneOffset.UTC;
        String pattern = mistake("twelve-hours") ? "yyyy-MM-dd'T'hh:mm:ss.SSSSSS'Z'" : "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'";
        if (mistake("week-year-milliseconds")) pattern = "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'";
        return DateTimeFormatter.ofPattern(pattern).format(now.atOffset(zone));
    }

    static Map<String, Object> save(String user, Map<String, Object> body) {
        made++;
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("id", mistake("id-from-client") ? Integer.toHexString(String.valueOf(body.get("clientId")).hashCode()) : UUID.randomUUID().toString());
        row.put("status", "OK");
        row.put("createdTime", now());
        for (String name : ALL) row.put(name, body.getOrDefault(name, ""));
        if (mistake("trim")) row.replaceAll((k, v) -> String.valueOf(v).trim());
        if (mistake("default-charset")) row.replaceAll((k, v) -> new String(String.valueOf(v).getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.ISO_8859_1));
        if (mistake("shared-environment")) { row.put("clientEnvironment", lastEnvironment); lastEnvironment = String.valueOf(body.get("clientEnvironment")); }
        if (mistake("password-as-token") && "".equals(row.get("refreshToken"))) row.put("refreshToken", row.get("password"));
        row.put("accessToken", UUID.randomUUID().toString());
        if (mistake("key-without-case")) STORE.values().removeIf(r -> r.get("clientId").toString().equalsIgnoreCase(row.get("clientId").toString()));
        STORE.put(user, row);
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("id", mistake("event-ids-repeat") ? String.valueOf(LOG.getOrDefault(user, List.of()).size() % 1) : UUID.randomUUID().toString());
        entry.put("body", mistake("tokens-in-log") ? Json.write(Map.of("refresh_token", row.get("refreshToken"))) : "{}");
        entry.put("headers", "date: today");
        entry.put("statusCode", 200);
        entry.put("createdDate", now());
        LOG.computeIfAbsent(mistake("one-log") ? "all" : user, k -> new ArrayList<>()).add(entry);
        return row;
    }

    static Map<String, Object> shown(String user, Map<String, Object> row) {
        Map<String, Object> out = new LinkedHashMap<>(row);
        out.remove("password");
        if (mistake("enum-ordinal")) out.put("clientEnvironment", row.get("clientEnvironment").equals("STAGE") ? "0" : "1");
        if (mistake("no-empty-fields")) out.values().removeIf("__PRODUCTION__"::equals);
        if (mistake("no-empty-fields") && row.get("clientEnvironment").equals("PRODUCTION")) out.remove("organizationCode");
        return out;
    }

    static Map<String, Object> form(HttpExchange http, List<String> names) throws IOException {
        byte[] raw = http.getRequestBody().readAllBytes();
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(raw)).toString();
        } catch (CharacterCodingException e) {
            throw new Refused(400, "no UTF-8");
        }
        if (!(Json.read(text) instanceof Map<?, ?> map)) throw new Refused(400, "an object is needed");
        Map<String, Object> body = new LinkedHashMap<>();
        for (String name : names) {
            Object value = map.get(name);
            if (mistake("null-becomes-text")) value = map.containsKey(name) ? String.valueOf(value) : null;
            if (mistake("cast") && value != null) value = (String) value;
            if (!(value instanceof String s)) throw new Refused(422, name + " is needed as text");
            if (s.codePoints().anyMatch(c -> c >= 0xD800 && c <= 0xDFFF)) throw new Refused(422, name + " is no Unicode");
            if (mistake("long-value-500") && s.length() > 4096) throw new IllegalStateException("too long");
            body.put(name, s);
        }
        String given = (String) body.get("clientEnvironment");
        if (mistake("equals-ignore-case")) { given = given.toUpperCase(Locale.ROOT); body.put("clientEnvironment", given); }
        if (!given.equals("STAGE") && !given.equals("PRODUCTION")) throw new Refused(422, "clientEnvironment");
        return body;
    }

    static void answer(HttpExchange http, int status, Object value) throws IOException {
        if (value == null) { http.sendResponseHeaders(status, -1); return; }
        byte[] raw = Json.write(value).getBytes(StandardCharsets.UTF_8);
        boolean html = mistake("html-for-log") && http.getRequestURI().getPath().endsWith("/events");
        if (!mistake("no-content-type")) http.getResponseHeaders().set("Content-Type", html ? "text/html" : "application/json;charset=UTF-8");
        http.sendResponseHeaders(status, raw.length);
        http.getResponseBody().write(raw);
    }

    static synchronized void handle(HttpExchange http) throws IOException {
        String given = String.valueOf(http.getRequestHeaders().getFirst("Authorization"));
        boolean good = given.equals("Bearer " + TOKEN);
        if (mistake("token-ends-with")) good = given.endsWith(TOKEN);
        if (mistake("any-token")) good = given.startsWith("Bearer ");
        String[] parts = http.getRequestURI().getPath().split("/");
        String path = parts.length > 6 ? String.join("/", Arrays.copyOfRange(parts, 6, parts.length)) : "";
        String user = parts.length > 5 ? parts[5] : "";
        String asked = http.getRequestMethod() + " " + path;
        if (!good) {
            if (mistake("401-after-delete") && asked.equals("POST panorama-credentials")) STORE.remove(user);
            throw new Refused(401, "no valid token");
        }
        if (!USERS.contains(user)) throw new Refused(404, "no such Leaf user");
        switch (asked) {
            case "GET panorama-credentials" -> {
                Map<String, Object> row = STORE.get(user);
                if (row == null) throw new Refused(410, "nothing here");
                answer(http, 200, shown(user, row));
            }
            case "POST panorama-credentials" -> answer(http, 200, shown(user, save(user, form(http, ALL))));
            case "DELETE panorama-credentials" -> {
                if (STORE.remove(user) == null && mistake("second-delete-500")) throw new NullPointerException();
                LOG.remove(user);
                if (mistake("delete-clears-all-logs")) LOG.clear();
                answer(http, 200, Map.of("message", "deleted"));
            }
            case "GET panorama-credentials/events" -> {
                if (mistake("no-log-500") && !LOG.containsKey(user)) throw new NullPointerException();
                if (VARIANT.equals("no-log-404") && !LOG.containsKey(user)) throw new Refused(404, "no log");
                answer(http, 200, LOG.getOrDefault(mistake("one-log") ? "all" : user, List.of()));
            }
            case "POST one-click-integration/Panorama" -> {
                Map<String, Object> body = form(http, FEW);
                if (mistake("one-click-swaps-users")) save(USERS.get(1 - USERS.indexOf(user)), body);
                else if (VARIANT.equals("at-once") || mistake("password-as-token")) save(user, body);
                else LATER.schedule(() -> late(user, body), 3, TimeUnit.SECONDS);
                answer(http, 202, Map.of("signInUrl", "https://panorama.example/authorize"));
            }
            default -> throw new Refused(404, "no such page");
        }
    }

    static synchronized void late(String user, Map<String, Object> body) { save(user, body); }

    public static void main(String[] arguments) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(System.getenv("PORT"))), 50);
        server.setExecutor(Executors.newFixedThreadPool(8));
        server.createContext("/", http -> {
            try (http) {
                try {
                    handle(http);
                } catch (Refused refused) {
                    http.getRequestBody().readAllBytes();
                    answer(http, refused.status, Map.of("title", refused.getMessage(), "status", refused.status));
                } catch (RuntimeException error) {
                    if (mistake("handler-throws")) throw error;
                    answer(http, 500, Map.of("title", "Internal Server Error"));
                }
            }
        });
        server.start();
    }
}
