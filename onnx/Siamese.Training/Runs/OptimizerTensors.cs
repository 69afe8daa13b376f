using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Siamese.Training.Runs;

/// <summary>Writes and reads what an optimizer remembers of each parameter: its steps, and the averages of gradients and of their squares.</summary>
/// <remarks>
/// TorchSharp's own reader takes sizes and types from the file. Here only values of the sizes that the parameters have are read.
/// </remarks>
internal static class OptimizerTensors
{
    public static void Write(OptimizerHelper optimizer, BinaryWriter writer)
    {
        foreach (OptimizerState state in States(optimizer))
        {
            (long steps, Tensor average, Tensor square) = Values(state);
            writer.Write(steps);
            writer.Write(TensorBytes.Length(average));
            TensorBytes.Read(average, bytes => writer.Write(bytes));
            TensorBytes.Read(square, bytes => writer.Write(bytes));
        }
    }

    /// <exception cref="InvalidDataException">The values are not those of this optimizer.</exception>
    public static void Read(OptimizerHelper optimizer, BinaryReader reader)
    {
        foreach (OptimizerState state in States(optimizer))
        {
            (_, Tensor average, Tensor square) = Values(state);
            long steps = reader.ReadInt64();
            long length = reader.ReadInt64();
            if (steps < 0 || length != TensorBytes.Length(average))
            {
                throw new InvalidDataException($"It holds {steps} steps and {length} bytes of a parameter's gradients, which has {TensorBytes.Length(average)} bytes.");
            }

            SetSteps(state, steps);
            TensorBytes.Overwrite(average, reader.BaseStream.ReadExactly);
            TensorBytes.Overwrite(square, reader.BaseStream.ReadExactly);
        }
    }

    private static List<OptimizerState> States(OptimizerHelper optimizer) => optimizer.state_dict().State;

    private static (long Steps, Tensor Average, Tensor Square) Values(OptimizerState state) => state switch
    {
        Adam.State adam => (adam.step, adam.exp_avg, adam.exp_avg_sq),
        AdamW.State adam => (adam.step, adam.exp_avg, adam.exp_avg_sq),
        _ => throw Unknown(state),
    };

    private static void SetSteps(OptimizerState state, long steps)
    {
        switch (state)
        {
            case Adam.State adam:
                adam.step = steps;
                break;
            case AdamW.State adam:
                adam.step = steps;
                break;
            default:
                throw Unknown(state);
        }
    }

    private static NotSupportedException Unknown(OptimizerState state) => new($"The state of an optimizer, {state.GetType()}, is not known.");
}
