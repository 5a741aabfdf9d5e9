import java.nio.file.Path;
import org.apache.http.auth.AuthScope;
import org.apache.http.auth.NTCredentials;
import org.apache.http.client.methods.HttpPost;
import org.apache.http.client.protocol.HttpClientContext;
import org.apache.http.entity.ContentType;
import org.apache.http.entity.FileEntity;
import org.apache.http.impl.client.BasicCredentialsProvider;
import org.apache.http.impl.client.HttpClients;
import org.apache.http.util.EntityUtils;

/** Sends an envelope twice. Arguments: URL, user name, and file of the envelope. The password is in the environment. */
public class ApacheClient {
  public static void main(String[] arguments) throws Exception {
    var credentials = new BasicCredentialsProvider();
    var account = new NTCredentials(arguments[1], System.getenv("PASSWORD"), "DESK-1", "");
    credentials.setCredentials(AuthScope.ANY, account);
    var context = HttpClientContext.create();
    try (var client = HttpClients.custom().setDefaultCredentialsProvider(credentials).build()) {
      for (int sent = 0; sent < 2; sent++) {
        var request = new HttpPost(arguments[0]);
        var type = ContentType.create("text/xml", "utf-8");
        request.setEntity(new FileEntity(Path.of(arguments[2]).toFile(), type));
        try (var answer = client.execute(request, context)) {
          System.out.println(answer.getStatusLine().getStatusCode());
          EntityUtils.consume(answer.getEntity());
        }
      }
    }
  }
}
