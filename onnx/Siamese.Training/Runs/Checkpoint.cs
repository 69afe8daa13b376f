using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Siamese.Pipelines;
using TorchSharp.Modules;

namespace Siamese.Training.Runs;

/// <summary>The state of a run in a file: header, weights, averages, the best epoch's weights, the optimizer, and a SHA-256 of it all.</summary>
internal sealed class Checkpoint(string path, string fingerprint)
{
    private const string Remedy = "Start without resuming, or name another file.";

    private static readonly byte[] Magic = "Siamese.Training checkpoint 1\n"u8.ToArray();

    public bool Exists => File.Exists(path);

    public void Write(RunState state, NamedTensors weights, NamedTensors averages, NamedTensors? best, OptimizerHelper optimizer)
    {
        using var buffer = new MemoryStream();
        using (var writer = new BinaryWriter(buffer, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Magic);
            writer.Write(fingerprint);
            writer.Write(JsonSerializer.Serialize(state));
            weights.Write(writer);
            averages.Write(writer);
            writer.Write(best is not null);
            best?.Write(writer);
            optimizer.save_state_dict(writer);
        }

        buffer.Write(SHA256.HashData(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
        AtomicFile.Write(path, stream => buffer.WriteTo(stream));
    }

    /// <summary>Reads the file into tensors of the same parts. Nothing is changed where the file is refused.</summary>
    public (RunState State, bool HasBest) Read(NamedTensors weights, NamedTensors averages, NamedTensors best, OptimizerHelper optimizer)
    {
        byte[] file = File.ReadAllBytes(path);
        int length = file.Length - SHA256.HashSizeInBytes;
        if (length < Magic.Length || !file.AsSpan(0, Magic.Length).SequenceEqual(Magic))
        {
            throw new InvalidDataException($"'{path}' is no checkpoint of this library. {Remedy}");
        }

        if (!SHA256.HashData(file.AsSpan(0, length)).AsSpan().SequenceEqual(file.AsSpan(length)))
        {
            throw new InvalidDataException($"The checkpoint '{path}' is damaged: its checksum does not hold. {Remedy}");
        }

        using var reader = new BinaryReader(new MemoryStream(file, Magic.Length, length - Magic.Length), Encoding.UTF8);
        string found = reader.ReadString();
        if (found != fingerprint)
        {
            throw new InvalidDataException(
                $"The checkpoint '{path}' belongs to another run. It was made with: {found}. This run has: {fingerprint}. {Remedy}");
        }

        RunState state = JsonSerializer.Deserialize<RunState>(reader.ReadString())!;
        weights.Read(reader);
        averages.Read(reader);
        bool hasBest = reader.ReadBoolean();
        if (hasBest)
        {
            best.Read(reader);
        }

        optimizer.load_state_dict(reader);
        return (state, hasBest);
    }
}

