using static TorchSharp.torch;

namespace Siamese.Training.Runs;

/// <summary>Copies of a network's weights and running statistics, outside of any dispose scope.</summary>
internal sealed class NamedTensors : IDisposable
{
    private readonly List<(string Name, Tensor Value)> _tensors;

    private NamedTensors(List<(string Name, Tensor Value)> tensors) => _tensors = tensors;

    public static NamedTensors CopyOf(nn.Module network)
    {
        using (no_grad())
        {
            return new NamedTensors([.. network.state_dict().Select(entry => (entry.Key, Copy(entry.Value)))]);
        }
    }

    /// <summary>Takes over the values of copies of the same network.</summary>
    public void CopyFrom(NamedTensors other)
    {
        using (no_grad())
        {
            for (int i = 0; i < _tensors.Count; i++)
            {
                _tensors[i].Value.copy_(other._tensors[i].Value);
            }
        }
    }

    /// <summary>Puts the values into a network of the same parts.</summary>
    public void CopyTo(nn.Module network)
    {
        using (no_grad())
        {
            Dictionary<string, Tensor> state = network.state_dict();
            foreach ((string name, Tensor value) in _tensors)
            {
                state[name].copy_(value);
            }
        }
    }

    /// <summary>Moves the values towards a network's: value ← decay × value + (1 − decay) × the network's.</summary>
    public void Average(nn.Module network, double decay)
    {
        using (no_grad())
        {
            Dictionary<string, Tensor> state = network.state_dict();
            foreach ((string name, Tensor value) in _tensors)
            {
                if (value.is_floating_point())
                {
                    value.lerp_(state[name], 1 - decay);
                }
                else
                {
                    // Counts of batches: an average of them means nothing.
                    value.copy_(state[name]);
                }
            }
        }
    }

    /// <summary>Overwrites the values by raw bytes, tensor after tensor in their order.</summary>
    public void Read(BinaryReader reader)
    {
        foreach ((string name, Tensor value) in _tensors)
        {
            string found = reader.ReadString();
            long length = reader.ReadInt64();
            if (found != name || length != TensorBytes.Length(value))
            {
                throw new InvalidDataException($"It holds '{found}' of {length} bytes where '{name}' of {TensorBytes.Length(value)} bytes belongs.");
            }

            TensorBytes.Visit(value, reader.BaseStream.ReadExactly);
            using Tensor finite = value.isfinite();
            using Tensor all = finite.all();
            if (!all.item<bool>())
            {
                throw new InvalidDataException($"'{name}' holds a value that is not finite.");
            }
        }
    }

    public void Write(BinaryWriter writer)
    {
        foreach ((string name, Tensor value) in _tensors)
        {
            writer.Write(name);
            writer.Write(TensorBytes.Length(value));
            TensorBytes.Visit(value, bytes => writer.Write(bytes));
        }
    }

    public void Dispose() => _tensors.ForEach(tensor => tensor.Value.Dispose());

    /// <summary>Copies a tensor into contiguous memory, as a checkpoint writes it.</summary>
    private static Tensor Copy(Tensor tensor)
    {
        using Tensor contiguous = tensor.contiguous();
        return contiguous.clone().DetachFromDisposeScope();
    }
}
