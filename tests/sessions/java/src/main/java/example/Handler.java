package example;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;

public class Handler implements RequestHandler<Map<String, String>, String> {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @Override
  public String handleRequest(Map<String, String> event, Context context) {
    return MAPPER.valueToTree(event).toString();
  }
}
