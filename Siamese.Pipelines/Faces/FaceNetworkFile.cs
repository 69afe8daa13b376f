using Microsoft.ML.OnnxRuntime;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Faces;

/// <summary>Reads the file of a network whose ends are known, and refuses any other.</summary>
internal static class FaceNetworkFile
{
    /// <summary>Reads a file and checks the names and shapes of its inputs and outputs.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What the file is to be, for messages.</param>
    /// <param name="inputs">Names, and the dimensions after the batch's.</param>
    /// <param name="outputs">Names, and the dimensions after the batch's.</param>
    public static byte[] Read(string path, string expected, (string Name, int[] Shape)[] inputs, (string Name, int[] Shape)[] outputs)
    {
        byte[] file = ReadBytes(path, expected);
        Check(path, file, session =>
        {
            Check(path, expected, "input", session.InputMetadata, inputs);
            Check(path, expected, "output", session.OutputMetadata, outputs);
        });
        return file;
    }

    /// <summary>Checks a file without making it ready to run: its own statements, its ends, and a run under a limit of memory.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="file">Its bytes.</param>
    /// <param name="checkEnds">Checks inputs and outputs.</param>
    public static void Check(string path, byte[] file, Action<InferenceSession> checkEnds)
    {
        try
        {
            bool hasLoops = OnnxModelCheck.HasLoops(OnnxModelFile.ReadOutline(file));
            using InferenceSession session = OnnxProbe.Open(file);
            checkEnds(session);
            OnnxProbe.Run(session, hasLoops, mustRun: true);
        }
        catch (InvalidDataException exception) when (!exception.Message.StartsWith($"'{path}'", StringComparison.Ordinal))
        {
            throw new InvalidDataException($"'{path}': {exception.Message}", exception);
        }
    }

    public static byte[] ReadBytes(string path, string expected)
    {
        Guard.NotBlank(path, nameof(path));
        return File.Exists(path) ? File.ReadAllBytes(path) : throw new FileNotFoundException($"There is no file '{path}' for {expected}.", path);
    }

    /// <summary>Reads what a file says of itself.</summary>
    public static IReadOnlyDictionary<string, string> ReadMetadata(string path, string expected)
    {
        byte[] file = ReadBytes(path, expected);
        try
        {
            return OnnxModelFile.ReadMetadata(file);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"'{path}': {exception.Message}", exception);
        }
    }

    public static void Check(
        string path, string expected, string kind, IReadOnlyDictionary<string, NodeMetadata> found, (string Name, int[] Shape)[] wanted)
    {
        foreach ((string name, int[] shape) in wanted)
        {
            // A dimension that is free reads as -1.
            if (!found.TryGetValue(name, out NodeMetadata? node) || node.ElementType != typeof(float) || node.Dimensions.Length != shape.Length + 1
                || node.Dimensions.Skip(1).Zip(shape).Any(size => size.First >= 0 && size.Second >= 0 && size.First != size.Second))
            {
                throw new InvalidDataException(
                    $"'{path}' is not {expected}: that has a float32 {kind} '{name}' (N, {string.Join(", ", shape)}), but the file has "
                    + $"{string.Join(", ", found.Select(pair => $"'{pair.Key}' ({string.Join(", ", pair.Value.Dimensions)})"))}.");
            }
        }
    }
}
