using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Siamese.Pipelines;
using TorchSharp.Modules;

namespace Siamese.Training.Runs;

/// <summary>The state of a run in a file: recipe, position, weights, averages, the best epoch's weights, the optimizer, and a SHA-256 of it all.</summary>
/// <remarks>It is written and read in pieces and never in memory as a whole, so its size is not limited.</remarks>
internal sealed class Checkpoint(string path, RunRecipe recipe)
{
    private const string Remedy = "Start without resuming, or name another file.";

    private static readonly byte[] Magic = "Siamese.Training checkpoint 2\n"u8.ToArray();

    public bool Exists => File.Exists(path);

    public void Write(RunState state, NamedTensors weights, NamedTensors averages, NamedTensors? best, OptimizerHelper optimizer) =>
        AtomicFile.Write(path, stream =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            using var writer = new BinaryWriter(new HashingStream(stream, hash), Encoding.UTF8);
            writer.Write(Magic);
            recipe.Write(writer);
            writer.Write(JsonSerializer.Serialize(state));
            weights.Write(writer);
            averages.Write(writer);
            writer.Write(best is not null);
            best?.Write(writer);
            OptimizerTensors.Write(optimizer, writer);
            writer.Flush();
            stream.Write(hash.GetHashAndReset());
        });

    /// <summary>Reads the file into tensors of the same parts.</summary>
    /// <param name="epochs">All epochs of the run.</param>
    /// <param name="weights">Receives the weights.</param>
    /// <param name="averages">Receives the averages.</param>
    /// <param name="best">Receives the best epoch's weights, where there are any.</param>
    /// <param name="optimizer">Receives the optimizer's state.</param>
    /// <exception cref="InvalidDataException">The file is damaged or belongs to another run.</exception>
    public (RunState State, bool HasBest) Read(int epochs, NamedTensors weights, NamedTensors averages, NamedTensors best, OptimizerHelper optimizer)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        CheckSum(file);
        file.Position = Magic.Length;
        using var reader = new BinaryReader(file, Encoding.UTF8);
        string[] differences = [.. recipe.DifferencesFrom(Guarded(() => RunRecipe.Read(reader)))];
        if (differences.Length > 0)
        {
            throw new InvalidDataException($"The checkpoint '{path}' belongs to another run: {string.Join("; ", differences)}. {Remedy}");
        }

        return Guarded(() =>
        {
            RunState state = JsonSerializer.Deserialize<RunState>(reader.ReadString()) ?? throw new InvalidDataException("It has no state.");
            state.Check(epochs);
            weights.Read(reader);
            averages.Read(reader);
            bool hasBest = reader.ReadBoolean();
            if (hasBest)
            {
                best.Read(reader);
            }

            OptimizerTensors.Read(optimizer, reader);
            return (state, hasBest);
        });
    }

    /// <summary>Reads from a file whose checksum is right, and reports content that this library does not write as damage.</summary>
    private T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is InvalidDataException or JsonException or EndOfStreamException or FormatException
            or ArgumentException or InvalidOperationException or NotSupportedException or ArithmeticException or IndexOutOfRangeException)
        {
            throw new InvalidDataException($"The checkpoint '{path}' is damaged: {exception.Message} {Remedy}", exception);
        }
    }

    private void CheckSum(FileStream file)
    {
        long length = file.Length - SHA256.HashSizeInBytes;
        var magic = new byte[Magic.Length];
        if (length < Magic.Length || file.ReadAtLeast(magic, Magic.Length, throwOnEndOfStream: false) < Magic.Length || !magic.AsSpan().SequenceEqual(Magic))
        {
            throw new InvalidDataException($"'{path}' is not a checkpoint of this version of the library. {Remedy}");
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(magic);
        var buffer = new byte[1 << 20];
        while (file.Position < length)
        {
            int read = file.Read(buffer, 0, (int)Math.Min(buffer.Length, length - file.Position));
            if (read == 0)
            {
                break;
            }

            hash.AppendData(buffer, 0, read);
        }

        var expected = new byte[SHA256.HashSizeInBytes];
        if (file.ReadAtLeast(expected, expected.Length, throwOnEndOfStream: false) < expected.Length || !hash.GetHashAndReset().AsSpan().SequenceEqual(expected))
        {
            throw new InvalidDataException($"The checkpoint '{path}' is damaged: its checksum does not hold. {Remedy}");
        }
    }
}
