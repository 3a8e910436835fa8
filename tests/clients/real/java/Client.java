// A client of the MindVideo API: java.net.http.HttpClient, as Java 17 brings it. Run it with `java Client.java`.
//
// After https://docs.oracle.com/en/java/javase/17/docs/api/java.net.http/java/net/http/HttpClient.html ("Synchronous
// Example") and https://docs.oracle.com/en/java/javase/17/docs/api/java.net.http/java/net/http/HttpRequest.Builder.html
// (`timeout`). The JDK reads no JSON and has no retries: both are written out here.

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

public class Client {
    private static final int MAX_ATTEMPTS = 5;
    private static final Set<Integer> TRANSIENT = Set.of(429, 500, 502, 503, 504);
    private static final Set<String> ENDED = Set.of("succeeded", "failed", "cancelled");

    private static final Duration POLL_INTERVAL = setting("MINDVIDEO_POLL_INTERVAL_S", "2");
    private static final Duration BACKOFF_BASE = setting("MINDVIDEO_BACKOFF_BASE_S", "0.5");
    private static final Duration REQUEST_TIMEOUT = setting("MINDVIDEO_REQUEST_TIMEOUT_S", "10");
    private static final Duration DEADLINE = setting("MINDVIDEO_DEADLINE_S", "600");

    private final HttpClient client = HttpClient.newBuilder()
            .version(Version.HTTP_1_1)
            .followRedirects(Redirect.NORMAL)
            .connectTimeout(REQUEST_TIMEOUT)
            .build();
    private final URI tasks = URI.create(System.getenv("MINDVIDEO_BASE_URL") + "/api/v1/tasks");
    private String taskId;

    public static void main(String[] arguments) throws Exception {
        String request = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        System.out.println(new Client().generate(request));
    }

    /** Create the task, wait for its end, and report. */
    private String generate(String request) throws InterruptedException {
        Instant giveUpAt = Instant.now().plus(DEADLINE);
        try {
            Map<?, ?> task = call(HttpRequest.newBuilder(tasks)
                    .header("Content-Type", "application/json")
                    .header("Idempotency-Key", UUID.randomUUID().toString())
                    .POST(BodyPublishers.ofString(request)));
            taskId = (String) task.get("task_id");
            while (!ENDED.contains(task.get("status"))) {
                if (Instant.now().isAfter(giveUpAt)) {
                    return report("gave_up", List.of(), null, "deadline");
                }
                Thread.sleep(POLL_INTERVAL.toMillis());
                task = call(HttpRequest.newBuilder(URI.create(tasks + "/" + taskId)).GET());
            }
            return report((String) task.get("status"), urls(task), null, null);
        } catch (ApiException error) {
            String outcome = TRANSIENT.contains(error.status) ? "gave_up" : "rejected";
            return report(outcome, List.of(), error.status, error.getMessage());
        } catch (IOException error) {
            return report("gave_up", List.of(), null, String.valueOf(error.getMessage()));
        }
    }

    private Map<?, ?> call(HttpRequest.Builder builder) throws IOException, InterruptedException {
        HttpRequest request = builder
                .header("Authorization", "Bearer " + System.getenv("MINDVIDEO_API_KEY"))
                .timeout(REQUEST_TIMEOUT)
                .build();
        HttpResponse<String> response = send(request);
        if (response.statusCode() / 100 != 2) {
            throw new ApiException(response.statusCode(), response.body());
        }
        return Json.object(response.body());
    }

    /** Send it, and again while that may help. */
    private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            Duration wait = BACKOFF_BASE.multipliedBy(1L << (attempt - 1));
            try {
                HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
                if (!TRANSIENT.contains(response.statusCode()) || attempt == MAX_ATTEMPTS) {
                    return response;
                }
                wait = response.headers().firstValue("Retry-After")
                        .filter(value -> value.matches("\\d+"))
                        .map(value -> Duration.ofSeconds(Long.parseLong(value)))
                        .orElse(wait);
            } catch (IOException error) {
                if (attempt == MAX_ATTEMPTS) {
                    throw error;
                }
            }
            Thread.sleep(wait.toMillis());
        }
    }

    private static List<String> urls(Map<?, ?> task) {
        List<String> urls = new ArrayList<>();
        if (task.get("output") instanceof Map<?, ?> output) {
            for (Object files : output.values()) {
                for (Object file : (List<?>) files) {
                    urls.add((String) ((Map<?, ?>) file).get("url"));
                }
            }
        }
        return urls;
    }

    private String report(String outcome, List<String> urls, Integer status, String message) {
        String listed = urls.stream().map(Json::quoted).collect(Collectors.joining(", "));
        return "{\"outcome\": %s, \"task_id\": %s, \"urls\": [%s], \"http_status\": %s, \"message\": %s}"
                .formatted(Json.quoted(outcome), Json.quoted(taskId), listed, status, Json.quoted(message));
    }

    private static Duration setting(String name, String otherwise) {
        double seconds = Double.parseDouble(System.getenv().getOrDefault(name, otherwise));
        return Duration.ofMillis(Math.round(seconds * 1000));
    }

    /** An answer that is no success. */
    private static final class ApiException extends IOException {
        final int status;

        ApiException(int status, String body) {
            super("HTTP " + status + ": " + body);
            this.status = status;
        }
    }

    /** JSON as maps, lists, strings, numbers, booleans and nulls; what is none is an IOException. */
    private static final class Json {
        private final String text;
        private int at;

        private Json(String text) {
            this.text = text;
        }

        static Map<?, ?> object(String text) throws IOException {
            Json json = new Json(text);
            Object value = json.value();
            if (json.peek() != '\0' || !(value instanceof Map<?, ?> object)) {
                throw json.broken();
            }
            return object;
        }

        static String quoted(String text) {
            if (text == null) {
                return "null";
            }
            StringBuilder out = new StringBuilder("\"");
            for (char c : text.toCharArray()) {
                out.append(c == '"' || c == '\\' ? "\\" + c : c < ' ' ? "\\u%04x".formatted((int) c) : c);
            }
            return out.append('"').toString();
        }

        private Object value() throws IOException {
            char first = peek();
            if (first == '{') {
                Map<String, Object> object = new LinkedHashMap<>();
                at++;
                while (!taken('}')) {
                    String name = string();
                    expect(':');
                    object.put(name, value());
                    if (peek() != '}') {
                        expect(',');
                    }
                }
                return object;
            }
            if (first == '[') {
                List<Object> list = new ArrayList<>();
                at++;
                while (!taken(']')) {
                    list.add(value());
                    if (peek() != ']') {
                        expect(',');
                    }
                }
                return list;
            }
            return first == '"' ? string() : word();
        }

        private Object word() throws IOException {
            int start = at;
            while (at < text.length() && ",:]} \t\r\n".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            String word = text.substring(start, at);
            switch (word) {
                case "true": return true;
                case "false": return false;
                case "null": return null;
                default:
                    try {
                        return Double.valueOf(word);
                    } catch (NumberFormatException error) {
                        throw broken();
                    }
            }
        }

        private String string() throws IOException {
            expect('"');
            StringBuilder out = new StringBuilder();
            for (; at < text.length() && text.charAt(at) != '"'; at++) {
                char c = text.charAt(at);
                if (c != '\\') {
                    out.append(c);
                } else if (++at >= text.length()) {
                    throw broken();
                } else if (text.charAt(at) == 'u') {
                    if (at + 5 > text.length()) {
                        throw broken();
                    }
                    out.append((char) Integer.parseInt(text.substring(at + 1, at + 5), 16));
                    at += 4;
                } else {
                    int escape = "bfnrt".indexOf(text.charAt(at));
                    out.append(escape < 0 ? text.charAt(at) : "\b\f\n\r\t".charAt(escape));
                }
            }
            expect('"');
            return out.toString();
        }

        /** The next character that is no white space, or a zero at the end. */
        private char peek() {
            while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
            return at < text.length() ? text.charAt(at) : '\0';
        }

        private boolean taken(char wanted) {
            boolean found = peek() == wanted;
            at += found ? 1 : 0;
            return found;
        }

        private void expect(char wanted) throws IOException {
            if (!taken(wanted)) {
                throw broken();
            }
        }

        private IOException broken() {
            return new IOException("no JSON at " + at + ": " + text);
        }
    }
}
