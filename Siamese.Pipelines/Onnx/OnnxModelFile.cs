using System.Text;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Siamese.Pipelines.Onnx.Format;

namespace Siamese.Pipelines.Onnx;

/// <summary>Reads and rewrites ONNX files, without running them.</summary>
internal static class OnnxModelFile
{
    /// <summary>Reads a model.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="source">What to call the file in messages, such as its path.</param>
    /// <exception cref="InvalidDataException">
    /// The bytes are not an ONNX model, or end too early, or the model contradicts itself or keeps its weights in another file.
    /// </exception>
    public static ModelProto Parse(byte[] bytes, string source = "The model") => Read(bytes, bytes, new Dictionary<int, int>(), source);

    /// <summary>Reads a model without its weights: all that it says of itself, and its graph.</summary>
    /// <inheritdoc cref="Parse"/>
    public static ModelProto ReadOutline(byte[] bytes, string source = "The model") =>
        Read(bytes, OnnxModelOutline.Of(bytes, out IReadOnlyDictionary<int, int> weights), weights, source);

    private static ModelProto Read(byte[] bytes, byte[] outline, IReadOnlyDictionary<int, int> weights, string source)
    {
        ModelProto model;
        try
        {
            model = ModelProto.Parser.ParseFrom(outline);
        }
        catch (InvalidProtocolBufferException exception) when (OnnxModelOutline.KeyOfInvalidText(bytes) is { } key)
        {
            throw new InvalidDataException(
                $"{source} has text in its metadata that is not UTF-8, under '{OnnxModelCheck.Shown(key)}'. The file is damaged.", exception);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new InvalidDataException(
                Foreign(bytes) is string found
                    ? $"{source} is not an ONNX file: it {found}."
                    : $"{source} is not an ONNX file, or was cut short: its {bytes.Length:N0} bytes end or break off inside a field.",
                exception);
        }

        // Almost any few bytes are some protocol buffer; a model is told by what every model has.
        if (model.Graph is null || model.Graph.Output.Count == 0 || model.OpsetImport.Count == 0)
        {
            string found = Foreign(bytes) ?? (model.Graph is null
                ? $"has {bytes.Length:N0} bytes and no graph in them"
                : "has a graph without outputs, or no version of the operators");
            throw new InvalidDataException($"{source} is not an ONNX file: it {found}.");
        }

        OnnxModelCheck.Check(model, weights, source);
        return model;
    }

    /// <summary>Reads the texts that a model carries about itself; where a key stands twice, the last one counts.</summary>
    /// <exception cref="InvalidDataException">The bytes are no ONNX model.</exception>
    public static IReadOnlyDictionary<string, string> ReadMetadata(byte[] bytes) => MetadataOf(ReadOutline(bytes));

    /// <summary>Gets the texts that a model carries about itself; where a key stands twice, the last one counts.</summary>
    public static IReadOnlyDictionary<string, string> MetadataOf(ModelProto model)
    {
        var metadata = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (StringStringEntryProto entry in model.MetadataProps)
        {
            metadata[entry.Key] = entry.Value;
        }

        return metadata;
    }

    /// <summary>Replaces all the texts that a model carries about itself, in ordinal order of their keys.</summary>
    /// <exception cref="InvalidDataException">The bytes are no ONNX model.</exception>
    public static byte[] WithMetadata(byte[] bytes, IReadOnlyDictionary<string, string> metadata)
    {
        ModelProto model = Parse(bytes);
        model.MetadataProps.Clear();
        model.MetadataProps.AddRange(metadata
            .OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => new StringStringEntryProto { Key = pair.Key, Value = pair.Value }));
        return model.ToByteArray();
    }

    /// <summary>Renames an input and an output; a value inside the graph that has such a name steps aside.</summary>
    /// <exception cref="ArgumentException">The model has no such input or output, or a new name is taken by another one.</exception>
    /// <exception cref="InvalidDataException">The bytes are no ONNX model.</exception>
    public static byte[] Rename(byte[] bytes, string oldInput, string newInput, string oldOutput, string newOutput)
    {
        Guard.NotBlank(newInput, nameof(newInput));
        Guard.NotBlank(newOutput, nameof(newOutput));
        ModelProto model = Parse(bytes);
        List<string> inputs = [.. InputsOf(model.Graph).Select(info => info.Name)];
        List<string> outputs = [.. model.Graph.Output.Select(info => info.Name)];
        ThrowIfMissing(inputs, oldInput, "input", nameof(oldInput));
        ThrowIfMissing(outputs, oldOutput, "output", nameof(oldOutput));
        if (newInput == newOutput)
        {
            throw new ArgumentException($"A model cannot have an input and an output of one name, '{newInput}'.", nameof(newOutput));
        }

        List<string> others = [.. inputs.Where(name => name != oldInput), .. outputs.Where(name => name != oldOutput)];
        ThrowIfTaken(others, newInput, nameof(newInput));
        ThrowIfTaken(others, newOutput, nameof(newOutput));

        HashSet<string> names = NamesOf(model.Graph);
        var renamed = new Dictionary<string, string>(StringComparer.Ordinal) { [oldInput] = newInput, [oldOutput] = newOutput };
        foreach (string name in new[] { newInput, newOutput }.Where(name => names.Contains(name) && !renamed.ContainsKey(name)))
        {
            renamed.Add(name, UniqueName(names, name));
        }

        RenameValues(model.Graph, renamed);
        return model.ToByteArray();
    }

    /// <summary>The inputs that a caller gives, in the file's order: those that are no constants.</summary>
    public static List<ValueInfoProto> InputsOf(GraphProto graph)
    {
        // Before IR version 4, every constant also had to be listed as an input.
        HashSet<string> constants = [.. graph.Initializer.Select(tensor => tensor.Name)];
        return [.. graph.Input.Where(info => !constants.Contains(info.Name))];
    }

    /// <summary>All names of values in a graph and in the graphs inside its nodes.</summary>
    public static HashSet<string> NamesOf(GraphProto graph)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        Collect(graph);
        return names;

        void Collect(GraphProto part)
        {
            names.UnionWith(part.Input.Select(info => info.Name));
            names.UnionWith(part.Initializer.Select(tensor => tensor.Name));
            foreach (NodeProto node in part.Node)
            {
                names.UnionWith(node.Input);
                names.UnionWith(node.Output);
                foreach (GraphProto inner in InnerGraphs(node))
                {
                    Collect(inner);
                }
            }
        }
    }

    /// <summary>Gives a name that is not among <paramref name="names"/>, and adds it to them.</summary>
    public static string UniqueName(HashSet<string> names, string wanted)
    {
        string name = wanted;
        for (int i = 1; !names.Add(name); i++)
        {
            name = $"{wanted}_{i}";
        }

        return name;
    }

    /// <summary>Lets the nodes of a graph, and those of the graphs inside them, take another value.</summary>
    public static void RenameNodeInputs(GraphProto graph, IReadOnlyDictionary<string, string> renamed)
    {
        foreach (NodeProto node in graph.Node)
        {
            Replace(node.Input, renamed);
            foreach (GraphProto inner in InnerGraphs(node))
            {
                RenameNodeInputs(inner, renamed);
            }
        }
    }

    private static void RenameValues(GraphProto graph, IReadOnlyDictionary<string, string> renamed)
    {
        foreach (ValueInfoProto info in graph.Input.Concat(graph.Output).Concat(graph.ValueInfo))
        {
            info.Name = renamed.GetValueOrDefault(info.Name, info.Name);
        }

        foreach (TensorProto tensor in graph.Initializer)
        {
            tensor.Name = renamed.GetValueOrDefault(tensor.Name, tensor.Name);
        }

        foreach (NodeProto node in graph.Node)
        {
            Replace(node.Input, renamed);
            Replace(node.Output, renamed);
            foreach (GraphProto inner in InnerGraphs(node))
            {
                RenameValues(inner, renamed);
            }
        }
    }

    private static void Replace(RepeatedField<string> names, IReadOnlyDictionary<string, string> renamed)
    {
        for (int i = 0; i < names.Count; i++)
        {
            names[i] = renamed.GetValueOrDefault(names[i], names[i]);
        }
    }

    private static IEnumerable<GraphProto> InnerGraphs(NodeProto node) =>
        node.Attribute.Where(attribute => attribute.G is not null).Select(attribute => attribute.G);

    private static string? Foreign(byte[] bytes) => bytes switch
    {
        [] => "is empty",
        [0x89, (byte)'H', (byte)'D', (byte)'F', ..] => "is an HDF5 file, such as Keras writes",
        [(byte)'P', (byte)'K', 3, 4, ..] => "is a zip archive, as models of ML.NET and PyTorch are",
        [0x1F, 0x8B, ..] => "is compressed by gzip",
        _ when bytes.AsSpan().StartsWith("version https://git-lfs"u8) => "is a Git LFS pointer: fetch the file itself with 'git lfs pull'",
        _ when LooksLikeText(bytes) => $"is text that begins with '{Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Min(bytes.Length, 24)))}'",
        _ => null,
    };

    private static bool LooksLikeText(byte[] bytes) =>
        !bytes.AsSpan(0, Math.Min(bytes.Length, 256)).ContainsAnyExceptInRange((byte)'\t', (byte)'~')
        && bytes[0] is >= (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t';

    private static void ThrowIfMissing(List<string> names, string name, string kind, string argument)
    {
        if (!names.Contains(name))
        {
            throw new ArgumentException(
                $"The model has no {kind} named '{name}'; it has {string.Join(", ", names.Select(other => $"'{other}'"))}.", argument);
        }
    }

    private static void ThrowIfTaken(List<string> names, string name, string argument)
    {
        if (names.Contains(name))
        {
            throw new ArgumentException($"Another input or output of the model is named '{name}' already.", argument);
        }
    }
}
