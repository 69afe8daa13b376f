using TorchSharp;
using static TorchSharp.torch;

namespace Siamese.Pipelines.Tests.Training;

/// <summary>Compares gradients with differences of values.</summary>
internal static class Gradient
{
    /// <summary>Gives the gradient of a function of a float64 tensor that back-propagation computes.</summary>
    public static double[] ByBackpropagation(Func<Tensor, Tensor> function, double[,] at)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor(at, requires_grad: true);
        function(x).backward();
        return x.grad!.data<double>().ToArray();
    }

    /// <summary>Gives the same by central differences.</summary>
    public static double[] ByDifferences(Func<Tensor, Tensor> function, double[,] at)
    {
        // Errors of the order of the step's square and of 1e-16 over the step.
        const double Step = 1e-5;
        double[] gradient = new double[at.Length];
        int columns = at.GetLength(1);
        for (int i = 0; i < gradient.Length; i++)
        {
            gradient[i] = (Value(i, Step) - Value(i, -Step)) / (2 * Step);
        }

        return gradient;

        double Value(int i, double step)
        {
            using DisposeScope scope = NewDisposeScope();
            double[,] moved = (double[,])at.Clone();
            moved[i / columns, i % columns] += step;
            return function(tensor(moved)).item<double>();
        }
    }
}
