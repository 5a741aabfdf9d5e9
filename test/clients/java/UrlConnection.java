import java.io.InputStream;
import java.net.Authenticator;
import java.net.HttpURLConnection;
import java.net.PasswordAuthentication;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/** Sends an envelope twice. Arguments: URL, user name, and file of the envelope. The password is in the environment. */
public class UrlConnection {
  public static void main(String[] arguments) throws Exception {
    Authenticator.setDefault(
        new Authenticator() {
          @Override
          protected PasswordAuthentication getPasswordAuthentication() {
            return new PasswordAuthentication(arguments[1], System.getenv("PASSWORD").toCharArray());
          }
        });
    byte[] envelope = Files.readAllBytes(Path.of(arguments[2]));
    for (int sent = 0; sent < 2; sent++) {
      var connection = (HttpURLConnection) URI.create(arguments[0]).toURL().openConnection();
      connection.setRequestMethod("POST");
      connection.setRequestProperty("Content-Type", "text/xml; charset=utf-8");
      connection.setDoOutput(true);
      try (var body = connection.getOutputStream()) {
        body.write(envelope);
      }
      System.out.println(connection.getResponseCode());
      try (InputStream answer = connection.getInputStream()) {
        answer.readAllBytes();
      }
    }
  }
}
