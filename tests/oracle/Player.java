import java.io.*;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.*;
import org.javarosa.core.model.*;
import org.javarosa.core.model.data.*;
import org.javarosa.core.model.data.helper.Selection;
import org.javarosa.core.model.instance.*;
import org.javarosa.core.services.IPropertyManager;
import org.javarosa.core.services.PropertyManager;
import org.javarosa.core.services.PrototypeManager;
import org.javarosa.core.util.JavaRosaCoreModule;
import org.javarosa.form.api.*;
import org.javarosa.model.xform.XFormsModule;
import org.javarosa.xform.util.*;

/** Plays a form in JavaRosa: commands come in line by line, after each the whole form goes out. See README.md. */
public class Player {
    private static FormDef form;
    private static FormEntryController entry;
    private static PrintStream out;

    public static void main(String[] arguments) throws Exception {
        out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        System.setOut(System.err);
        PrototypeManager.registerPrototypes(JavaRosaCoreModule.classNames);
        PrototypeManager.registerPrototypes(CoreModelModule.classNames);
        new XFormsModule().registerModule();
        // What a device would say of itself and its user: nothing.
        PropertyManager.setPropertyManager((IPropertyManager) Proxy.newProxyInstance(Player.class.getClassLoader(),
            new Class<?>[] {IPropertyManager.class}, (proxy, method, values) -> null));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null;) {
            String[] words = line.split("\t", -1);
            try {
                switch (words[0]) {
                    case "open": open(words[1]); break;
                    case "set": set(words[1], words[2].replace("\\n", "\n")); break;
                    case "row": row(words[1]); break;
                    case "drop": drop(words[1]); break;
                    default: throw new IllegalArgumentException(words[0]);
                }
                tell();
            } catch (Throwable problem) {
                out.println("!\t" + text(String.valueOf(problem)));
            }
            out.println(".");
            out.flush();
        }
    }

    private static void open(String path) throws Exception {
        try (InputStream bytes = new FileInputStream(path)) {
            form = XFormUtils.getFormFromInputStream(bytes, path);
        }
        form.initialize(true, new InstanceInitializationFactory());
        entry = new FormEntryController(new FormEntryModel(form));
    }

    /** The next place in the form; some forms make JavaRosa go round for ever. */
    private static int next(int[] left) {
        if (--left[0] < 0) throw new IllegalStateException("walks for ever");
        return entry.stepToNextEvent();
    }

    /** Where a question is; of a repeat, where its next row would be. */
    private static FormIndex find(String wanted, int event) {
        entry.jumpToIndex(FormIndex.createBeginningOfFormIndex());
        int[] left = {5_000};
        for (int at = entry.getModel().getEvent(); at != FormEntryController.EVENT_END_OF_FORM; at = next(left)) {
            FormIndex index = entry.getModel().getFormIndex();
            if (at == event && index.getReference() != null && reference(index.getReference()).equals(wanted)) return index;
        }
        throw new NoSuchElementException(wanted);
    }

    private static String reference(TreeReference reference) {
        TreeElement element = form.getMainInstance().resolveReference(reference);
        if (element != null) return path(element);
        TreeElement parent = form.getMainInstance().resolveReference(reference.getParentRef());
        return path(parent) + "/" + reference.getNameLast() + "[" + (reference.getMultLast() + 1) + "]";
    }

    private static String path(TreeElement element) {
        String own = "/" + element.getName() + (element.isRepeatable() ? "[" + (element.getMult() + 1) + "]" : "");
        TreeElement parent = (TreeElement) element.getParent();
        return parent == null || parent.getName() == null || parent.getParent() == null && element == form.getMainInstance().getRoot()
            ? own : path(parent) + own;
    }

    private static void set(String path, String value) {
        FormIndex index = find(path, FormEntryController.EVENT_QUESTION);
        entry.jumpToIndex(index);
        entry.saveAnswer(index, data(entry.getModel().getQuestionPrompt(index), value), true);
    }

    private static IAnswerData data(FormEntryPrompt prompt, String value) {
        if (value.isEmpty()) return null;
        int control = prompt.getControlType();
        if (control == Constants.CONTROL_SELECT_ONE) return new SelectOneData(selection(prompt, value));
        if (control == Constants.CONTROL_SELECT_MULTI || control == Constants.CONTROL_RANK) {
            List<Selection> chosen = new ArrayList<>();
            for (String one : value.split(" ")) chosen.add(selection(prompt, one));
            return new SelectMultiData(chosen);
        }
        return XFormAnswerDataParser.getAnswerData(value, prompt.getDataType(), prompt.getQuestion());
    }

    private static Selection selection(FormEntryPrompt prompt, String value) {
        for (SelectChoice choice : prompt.getSelectChoices()) {
            if (choice.getValue().equals(value)) return choice.selection();
        }
        throw new NoSuchElementException(value);
    }

    private static void row(String path) {
        FormIndex index = find(path, FormEntryController.EVENT_PROMPT_NEW_REPEAT);
        entry.jumpToIndex(index);
        entry.newRepeat(index);
    }

    private static void drop(String path) {
        FormIndex index = find(path, FormEntryController.EVENT_REPEAT);
        entry.jumpToIndex(index);
        entry.deleteRepeat(index);
    }

    private static void tell() {
        // Walking makes the rows that a count asks for, and gives what is offered.
        Map<String, String> offered = new HashMap<>();
        entry.jumpToIndex(FormIndex.createBeginningOfFormIndex());
        int[] left = {5_000};
        for (int at = entry.getModel().getEvent(); at != FormEntryController.EVENT_END_OF_FORM; at = next(left)) {
            if (at != FormEntryController.EVENT_QUESTION) continue;
            FormEntryPrompt prompt = entry.getModel().getQuestionPrompt();
            List<SelectChoice> choices = prompt.getSelectChoices();
            if (choices == null) continue;
            StringJoiner names = new StringJoiner(" ");
            for (SelectChoice choice : choices) names.add(choice.getValue());
            offered.put(reference(prompt.getIndex().getReference()), names.toString());
        }
        tell(form.getMainInstance().getRoot(), offered);
    }

    private static void tell(TreeElement element, Map<String, String> offered) {
        if (element.getMult() == TreeReference.INDEX_TEMPLATE) return;
        boolean leaf = element.getNumChildren() == 0;
        IAnswerData data = element.getValue();
        // What a truth is as text, it writes as 1 and 0; expressions see the truth.
        String value = data == null ? "" : data instanceof BooleanData ? data.getValue().toString() : data.uncast().getString();
        boolean valid = !leaf || form.evaluateConstraint(element.getRef(), data);
        String path = path(element);
        out.println(String.join("\t", path, leaf ? "v" : "g", element.isRelevant() ? "1" : "0",
            element.isRequired() ? "1" : "0", element.isEnabled() ? "0" : "1", valid ? "1" : "0",
            text(offered.getOrDefault(path, "-")), text(value)));
        for (int child = 0; child < element.getNumChildren(); child++) tell(element.getChildAt(child), offered);
    }

    private static String text(String value) {
        return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r");
    }
}
